"""Where an Ollama is, if one runs on this machine.

It is asked for before the client of chat models is imported, which takes half a second: a start without any
model is spared that.
"""

import asyncio
from contextlib import suppress
from urllib.parse import urlsplit

OLLAMA_URL = "http://127.0.0.1:11434"
"""https://github.com/ollama/ollama/blob/main/docs/faq.md: its usual address."""


async def is_listening(url: str = OLLAMA_URL, *, deadline_s: float = 0.5) -> bool:
    """Say whether anything listens there."""
    address = urlsplit(url)
    try:
        async with asyncio.timeout(deadline_s):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True
