"""The parts of which session and response options are made."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Modality = Literal["text", "audio", "animation"]
TimestampType = Literal["word"]
MaxTokens = Annotated[int, Meta(ge=1, le=4096)] | Literal["inf"]
Include = Literal[
    "item.input_audio_transcription.logprobs",
    "item.input_audio_transcription.phrases",
    "file_search_call.results",
]
ReasoningEffort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]
# The SDK says 0 to 1, the documentation 0.6 to 1.2; the service takes 0 to 2, as the chat models behind it do
# (pydantic-ai's `AzureRealtimeModelSettings.azure_voice_live_temperature` says that it was tried).
Temperature = Annotated[float, Meta(ge=0.0, le=2.0)]
Metadata = Annotated[
    dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]], Meta(max_length=16)
]


class FunctionTool(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """A function that the client offers to the model."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None


class NamedFunction(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="function"):
    """The one function that the model must call."""

    name: str


ToolChoice = Literal["auto", "none", "required"] | NamedFunction


class Transcription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the user's speech is recognised."""

    model: str
    language: str | None = None
    prompt: str | None = None
    custom_speech: dict[str, str] | None = None
    phrase_list: tuple[str, ...] | None = None


class NoiseReduction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which noise is taken out of the user's sound."""

    type: Literal["azure_deep_noise_suppression", "near_field", "far_field"]


class EchoCancellation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the assistant's own voice is taken out of the user's sound."""

    type: Literal["server_echo_cancellation"] = "server_echo_cancellation"
    reference_source: Literal["server", "client"] = "server"
    channels: Literal[1, 2] = 1


class InterimResponse(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """What is said while the answer takes long, or before a function is called."""

    type: Literal["static_interim_response", "llm_interim_response"]
    triggers: tuple[Literal["latency", "tool"], ...] | None = None
    latency_threshold_ms: Annotated[int, Meta(ge=0, le=60_000)] | None = None
    texts: tuple[str, ...] | None = None
    model: str | None = None
    instructions: str | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1, le=4096)] | None = None


class Animation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What moves a face beside the voice."""

    model_name: str | None = None
    outputs: tuple[Literal["viseme_id", "blendshapes"], ...] | None = None


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """The agent whose instructions and voice the session has."""

    type: Literal["agent"] = "agent"
    name: str
    description: str | None = None
    agent_id: str
    thread_id: str
