"""What is known of each language, as data: one file for each language."""
