"""What is said: the Voice Live protocol without I/O, clock, asyncio, logging or randomness."""
