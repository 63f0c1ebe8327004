"""Turn detection as Voice Live writes it: older names, defaults by API version, ranges."""

import msgspec

from openvoicelive.protocol.turn_detection import (
    AzureSemanticVad,
    AzureSemanticVadMultilingual,
    SemanticVad,
    SemanticVadOptions,
    ServerVad,
    TurnDetection,
)

# From this version on the service pads more; measured on 2026-07-15, documented for the earlier ones.
_LONGER_PADDING_SINCE = "2026-04-10"


class AzureMultilingualSemanticVad(
    SemanticVadOptions, frozen=True, kw_only=True, tag="azure_multilingual_semantic_vad"
):
    """The same, as the how-to guides write its name."""


class ServerSd(SemanticVadOptions, frozen=True, kw_only=True, tag="server_sd"):
    """`azure_semantic_vad`, as the SDK's release 1.0.0b3 names it."""


class NoTurnDetection(msgspec.Struct, frozen=True, tag_field="type", tag="none"):
    """The client says itself when a turn ends; null means the same."""


AskedTurnDetection = TurnDetection | AzureMultilingualSemanticVad | ServerSd | NoTurnDetection
"""What a client may write for it."""


NATIVE_SPEECH = ServerVad(prefix_padding_ms=300, silence_duration_ms=200)
"""What a native speech model's session begins with, as the recordings of gpt-realtime show. An update that
names turn detection falls back to the defaults of the version of the API."""


def as_sdk_reads(asked: AskedTurnDetection | None) -> TurnDetection | None:
    """Return what is asked for under the name that the SDK has for it; None: no detection."""
    match asked:
        case NoTurnDetection():
            return None
        case AzureMultilingualSemanticVad():
            return AzureSemanticVadMultilingual(**msgspec.structs.asdict(asked))
        case ServerSd():
            return AzureSemanticVad(**msgspec.structs.asdict(asked))
        case _:
            return asked


def with_defaults(detection: TurnDetection, api_version: str) -> TurnDetection:
    """Fill in what the client left open, as the service does for an API version."""
    longer = api_version >= _LONGER_PADDING_SINCE
    padding_ms = 300
    if longer:
        padding_ms = 400 if isinstance(detection, ServerVad) else 420
    defaults: dict[str, float | int | bool] = {
        "threshold": 0.5,
        "prefix_padding_ms": padding_ms,
        "create_response": True,
        "interrupt_response": True,
        "auto_truncate": False,
    }
    # OpenAI's kind has an eagerness instead.
    if not isinstance(detection, SemanticVad):
        defaults["silence_duration_ms"] = 500
    if not isinstance(detection, ServerVad):
        defaults["remove_filler_words"] = False
    absent = {name: value for name, value in defaults.items() if getattr(detection, name) is None}
    return msgspec.structs.replace(detection, **absent)


def range_error(detection: TurnDetection) -> tuple[str, str] | None:
    """Return the field that is out of range and a sentence about it, if there is one."""
    for name in ("threshold", "neg_threshold"):
        value = getattr(detection, name)
        if isinstance(value, float) and not 0.0 <= value <= 1.0:
            return name, f"{name} must be from 0 to 1."
    for name in (
        "prefix_padding_ms",
        "silence_duration_ms",
        "speech_duration_ms",
        "speech_duration_assistant_speaking_ms",
    ):
        value = getattr(detection, name, None)
        if value is not None and not 0 <= value <= 10_000:
            return name, f"{name} must be from 0 to 10000."
    return None
