"""Tokens of a response, for clients that count.

A model behind an OpenAI-compatible endpoint reports its own tokens; sound has none there, so seconds are
counted at the rates that the Voice Live documentation gives for OpenAI's models.
"""

from openvoicelive.protocol.server_events import Usage
from openvoicelive.protocol.session.items import Item, text_of

INPUT_AUDIO_TOKENS_PER_SECOND = 10
OUTPUT_AUDIO_TOKENS_PER_SECOND = 20
# The usual rule of thumb for English text and byte-pair encodings.
CHARACTERS_PER_TOKEN = 4


def text_tokens(text: str) -> int:
    """Estimate the tokens of a text."""
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def context_tokens(instructions: str, items: tuple[Item, ...]) -> int:
    """Estimate the text tokens that a model is given."""
    return text_tokens(instructions) + sum(text_tokens(text_of(item)) for item in items)


def usage(
    *, input_text_tokens: int, input_audio_ms: float, output_text_tokens: int, output_audio_ms: float
) -> Usage:
    """Count the tokens of sound beside those of text."""
    return Usage(
        input_text_tokens=input_text_tokens,
        input_audio_tokens=round(input_audio_ms * INPUT_AUDIO_TOKENS_PER_SECOND / 1000),
        output_text_tokens=output_text_tokens,
        output_audio_tokens=round(output_audio_ms * OUTPUT_AUDIO_TOKENS_PER_SECOND / 1000),
    )
