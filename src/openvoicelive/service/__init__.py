"""Who does it: the Voice Live service, the only place with tasks."""
