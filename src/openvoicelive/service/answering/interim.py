"""The interim response: what is said while an answer takes long, or before a function call."""

import logging
import random
from contextlib import aclosing
from typing import Literal

from openvoicelive.chat import interface as chat
from openvoicelive.errors import EngineError
from openvoicelive.language import english
from openvoicelive.language.registry import language_of
from openvoicelive.protocol.options import InterimResponse
from openvoicelive.protocol.work import ReplyRequest
from openvoicelive.service.answering.chat_messages import chat_messages

log = logging.getLogger(__name__)

Trigger = Literal["latency", "tool"]

# Defaults that the documentation of Voice Live names.
LATENCY_THRESHOLD_MS = 2_000
MAX_COMPLETION_TOKENS = 50
# Generating the interim response delays a function call by at most this much.
TOOL_DEADLINE_S = 1.0
INSTRUCTIONS = (
    "The user waits for an answer that is still being prepared. Say one short, friendly sentence that fits "
    "what was asked and bridges the wait. Do not answer the question itself."
)


def latency_threshold_s(options: InterimResponse | None) -> float | None:
    """Return the wait in seconds after which something is said; None means never."""
    if options is None or "latency" not in _triggers(options):
        return None
    threshold_ms = options.latency_threshold_ms
    return (LATENCY_THRESHOLD_MS if threshold_ms is None else threshold_ms) / 1000


async def text(request: ReplyRequest, trigger: Trigger, model: chat.ChatModel) -> str:
    """Return what to say; empty if the client wants nothing for this trigger, or if the model fails."""
    options = request.interim_response
    if options is None or trigger not in _triggers(options):
        return ""
    if options.type.startswith("static"):
        spoken = language_of(request.language) or english.LANGUAGE
        return random.choice(options.texts or spoken.interim_phrases)  # noqa: S311 - no secret
    instructions = options.instructions or INSTRUCTIONS
    limit = options.max_completion_tokens or MAX_COMPLETION_TOKENS
    asked = chat.ChatRequest(
        instructions,
        await chat_messages(request.items),
        model=options.model,
        max_tokens=limit,
        language=request.language or "en",
    )
    try:
        async with aclosing(model.reply(asked)) as deltas:
            words = [delta.text async for delta in deltas if isinstance(delta, chat.TextDelta)]
    except EngineError as error:
        log.info("The interim response was not generated. %s", error)
        return ""
    return "".join(words).strip()


def _triggers(options: InterimResponse) -> tuple[str, ...]:
    return options.triggers or ("latency",)
