"""What is said: sessions and their dialects, without I/O, clock, asyncio, logging or randomness."""
