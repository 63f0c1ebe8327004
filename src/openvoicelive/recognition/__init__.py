"""From speech to text: one interface, one file for each engine."""
