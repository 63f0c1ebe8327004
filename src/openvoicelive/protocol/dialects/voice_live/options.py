"""What a client of Voice Live may write for options: older names and other spellings than are shown."""

from typing import Annotated, Literal, cast

import msgspec
from msgspec import Meta

from openvoicelive.protocol.audio_formats import OutputAudioFormat
from openvoicelive.protocol.options import InterimResponse, Modality, NamedFunction, ToolChoice
from openvoicelive.protocol.voices import (
    AzureRealtimeNativeVoice,
    AzureStandardVoice,
    AzureVoiceOptions,
    Voice,
    voice_of_name,
)

AskedModality = Literal[Modality, "avatar"]

AskedOutputAudioFormat = Literal[OutputAudioFormat, "pcm16-8000hz", "pcm16-16000hz"]
"""The first versions of the API spelt two with a hyphen."""


def read_output_format(asked: AskedOutputAudioFormat) -> OutputAudioFormat:
    """Return the name of a format as the SDK spells it."""
    return cast("OutputAudioFormat", asked.replace("-", "_"))


class FunctionName(msgspec.Struct, frozen=True):
    """The name of a function, as the chat-completions API nests it."""

    name: str


class AskedFunction(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """The one function that the model must call; its name stands here or one level deeper."""

    name: str = ""
    function: FunctionName | None = None


AskedToolChoice = Literal["auto", "none", "required"] | AskedFunction


def read_tool_choice(asked: AskedToolChoice) -> ToolChoice:
    """Return the choice, with the name wherever it stands; it may be empty."""
    if isinstance(asked, str):
        return asked
    return NamedFunction(name=asked.function.name if asked.function else asked.name)


class AskedInterimResponse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said while the answer takes long, or before a function is called."""

    # The reference spells the types with hyphens, the SDK with underscores; clients may use either.
    type: Literal[
        "static_interim_response",
        "llm_interim_response",
        "static-interim-response",
        "llm-interim-response",
    ]
    triggers: tuple[Literal["latency", "tool"], ...] | None = None
    latency_threshold_ms: Annotated[int, Meta(ge=0, le=60_000)] | None = None
    texts: tuple[str, ...] | None = None
    model: str | None = None
    instructions: str | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1, le=4096)] | None = None


def read_interim_response(asked: AskedInterimResponse) -> InterimResponse:
    """Return the options with the type spelt as the SDK reads it."""
    fields = msgspec.structs.asdict(asked)
    return InterimResponse(**fields | {"type": asked.type.replace("-", "_")})


class AzurePlatformVoice(AzureVoiceOptions, frozen=True, kw_only=True, tag="azure-platform"):
    """`azure-standard`, as API version 2025-05-01-preview names it."""


class LlmVoice(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="llm", forbid_unknown_fields=True
):
    """A native speech model's own voice, as API version 2025-05-01-preview names it: `cosyvoice`."""

    name: str


AskedVoice = str | Voice | AzurePlatformVoice | LlmVoice


def read_voice(asked: AskedVoice) -> Voice:
    """Turn a plain name, or an older version's voice, into the object that the service echoes."""
    match asked:
        case AzurePlatformVoice():
            return AzureStandardVoice(**msgspec.structs.asdict(asked))
        case LlmVoice():
            return AzureRealtimeNativeVoice(name=asked.name)
        case str():
            return voice_of_name(asked)
        case _:
            return asked
