"""How connections are served: who asks, under which name, how often. Nothing of voice."""
