"""The client of Voice Live: the Azure SDK, its connection, events and credentials."""
