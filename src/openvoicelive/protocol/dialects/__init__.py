"""Dialects: how the protocol looks on the wire of one family of clients."""
