"""How it sounds: pure functions and small state over numpy arrays."""
