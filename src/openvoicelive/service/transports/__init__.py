"""How a client is connected: WebSocket."""
