"""The guide: a small agent without any model, and its words in each language."""
