"""How clients are connected: the interface of a peer, and WebSocket."""
