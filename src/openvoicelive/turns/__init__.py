"""When somebody has finished speaking: engines that judge a pause."""
