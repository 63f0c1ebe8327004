"""How a session finds the ends of turns: the options.

Fields that default to UNSET are those of API version 2025-05-01-preview, as the SDK's releases 1.0.0b1 to
1.0.0b4 declare them. They are accepted, and shown only to a client that sent them.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType


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


class SemanticVadOptions(_TurnDetection, frozen=True, kw_only=True):
    """What all kinds that know whether a sentence sounds finished have in common."""

    speech_duration_assistant_speaking_ms: int | None = None
    remove_filler_words: bool | None = None
    languages: tuple[str, ...] | None = None
    # Of Azure's own detector of phones, which is not here.
    window_size: int | None | UnsetType = UNSET
    distinct_ci_phones: int | None | UnsetType = UNSET
    require_vowel: bool | None | UnsetType = UNSET


class AzureSemanticVad(SemanticVadOptions, frozen=True, kw_only=True, tag="azure_semantic_vad"):
    """A turn ends with silence after something that sounds finished."""


class AzureSemanticVadEn(SemanticVadOptions, frozen=True, kw_only=True, tag="azure_semantic_vad_en"):
    """The same for English."""


class AzureSemanticVadMultilingual(
    SemanticVadOptions, frozen=True, kw_only=True, tag="azure_semantic_vad_multilingual"
):
    """The same for many languages."""


class SemanticVad(SemanticVadOptions, frozen=True, kw_only=True, tag="semantic_vad"):
    """OpenAI's name for it."""

    eagerness: Literal["auto", "low", "medium", "high"] | None = None


TurnDetection = ServerVad | AzureSemanticVad | AzureSemanticVadEn | AzureSemanticVadMultilingual | SemanticVad
"""What can be in force."""
