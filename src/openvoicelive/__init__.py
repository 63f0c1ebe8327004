"""Talk with an AI agent in real time, in the browser; with an open, self-hosted Voice Live service."""
