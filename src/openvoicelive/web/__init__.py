"""The page and its assistant: an ordinary client of a Voice Live endpoint."""
