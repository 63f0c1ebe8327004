"""One conversation: opening it, its queue of inputs, the conductor, what it sends."""
