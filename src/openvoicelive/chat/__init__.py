"""What the agent answers: one interface, one file for each kind of model."""
