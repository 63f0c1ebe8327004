"""One conversation: how it is opened, its queues of inputs and outputs, and the conductor between them."""
