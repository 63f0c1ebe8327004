"""From an order to reply to sound on the wire."""
