"""How connections are served: server, WebSockets, limits, draining, origins, keys. Nothing of voice."""
