"""From text to speech: one interface, one file for each engine."""
