"""When somebody has finished speaking: what a client's options ask for, and engines that judge a pause."""
