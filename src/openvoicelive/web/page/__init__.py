"""What a browser gets: pages, choices, texts, problems, and the socket of one browser."""
