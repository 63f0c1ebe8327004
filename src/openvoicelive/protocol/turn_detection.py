"""How a session finds the ends of turns: the wire's options and their defaults.

Fields that default to UNSET are those of API version 2025-05-01-preview, as the SDK's releases 1.0.0b1 to
1.0.0b4 declare them. They are accepted, and shown only to a client that sent them.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

# From this version on the service pads more; measured on 2026-07-15, documented for the earlier ones.
_LONGER_PADDING_SINCE = "2026-04-10"


class EndOfUtteranceDetection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether what was said sounds finished, beside the silence."""

    model: Literal["semantic_detection_v1", "semantic_detection_v1_en", "semantic_detection_v1_multilingual"]
    threshold_level: Literal["low", "medium", "high", "default"] | None = None
    timeout_ms: int | None = None
    threshold: Annotated[float, Meta(ge=0.0, le=1.0)] | None | UnsetType = UNSET
    """A probability of Azure's own classifier, 0.01 by default. Ours has another scale, so only
    `threshold_level` has an effect."""
    timeout: Annotated[float, Meta(ge=0.0, le=60.0)] | None | UnsetType = UNSET
    """The same as `timeout_ms`, in seconds; `timeout_ms` wins."""
    secondary_threshold: float | None | UnsetType = UNSET
    secondary_timeout: float | None | UnsetType = UNSET
    disable_rules: bool | None | UnsetType = UNSET
    sr_boost: float | None | UnsetType = UNSET
    extra_imend_check: bool | None | UnsetType = UNSET

    @property
    def longest_wait_ms(self) -> int | None:
        """How much longer to wait after a sentence that does not sound finished, by either name."""
        if self.timeout_ms is None and isinstance(self.timeout, float):
            return round(self.timeout * 1000)
        return self.timeout_ms


class _TurnDetection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    threshold: float | None = None
    prefix_padding_ms: int | None = None
    silence_duration_ms: int | None = None
    create_response: bool | None = None
    interrupt_response: bool | None = None
    idle_timeout_ms: int | None = None
    speech_duration_ms: int | None = None
    end_of_utterance_detection: EndOfUtteranceDetection | None = None
    auto_truncate: bool | None = None
    appended_text_after_truncation: str | None = None
    neg_threshold: float | None | UnsetType = UNSET
    """Probability below which a window of sound counts as silence."""


class ServerVad(_TurnDetection, frozen=True, kw_only=True, tag="server_vad"):
    """A turn ends with silence."""


class _SemanticVad(_TurnDetection, frozen=True, kw_only=True):
    speech_duration_assistant_speaking_ms: int | None = None
    remove_filler_words: bool | None = None
    languages: tuple[str, ...] | None = None
    # Of Azure's own detector of phones, which is not here.
    window_size: int | None | UnsetType = UNSET
    distinct_ci_phones: int | None | UnsetType = UNSET
    require_vowel: bool | None | UnsetType = UNSET


class AzureSemanticVad(_SemanticVad, frozen=True, kw_only=True, tag="azure_semantic_vad"):
    """A turn ends with silence after something that sounds finished."""


class AzureSemanticVadEn(_SemanticVad, frozen=True, kw_only=True, tag="azure_semantic_vad_en"):
    """The same for English."""


class AzureSemanticVadMultilingual(
    _SemanticVad, frozen=True, kw_only=True, tag="azure_semantic_vad_multilingual"
):
    """The same for many languages."""


class AzureMultilingualSemanticVad(
    _SemanticVad, frozen=True, kw_only=True, tag="azure_multilingual_semantic_vad"
):
    """The same, as the how-to guides write its name."""


class ServerSd(_SemanticVad, frozen=True, kw_only=True, tag="server_sd"):
    """`azure_semantic_vad`, as the SDK's release 1.0.0b3 names it."""


class SemanticVad(_SemanticVad, frozen=True, kw_only=True, tag="semantic_vad"):
    """OpenAI's name for it."""

    eagerness: Literal["auto", "low", "medium", "high"] | None = None


class NoTurnDetection(msgspec.Struct, frozen=True, tag_field="type", tag="none"):
    """The client says itself when a turn ends; null means the same."""


TurnDetection = ServerVad | AzureSemanticVad | AzureSemanticVadEn | AzureSemanticVadMultilingual | SemanticVad
"""What can be in force, as the SDK reads it."""

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
