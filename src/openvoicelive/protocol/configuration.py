"""The options of a session, and how an update changes them."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.audio_formats import (
    G711_RATE_HZ,
    INPUT_RATES_HZ,
    PCM16_RATE_HZ,
    InputAudioFormat,
    OutputAudioFormat,
)
from openvoicelive.protocol.options import (
    Agent,
    Animation,
    EchoCancellation,
    Include,
    InterimResponse,
    MaxTokens,
    Modality,
    NoiseReduction,
    ReasoningEffort,
    TimestampType,
    ToolChoice,
    Transcription,
)
from openvoicelive.protocol.session.mcp import server as mcp_server
from openvoicelive.protocol.session.mcp.server import Tool
from openvoicelive.protocol.turn_detection import TurnDetection
from openvoicelive.protocol.voices import Voice


class SessionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What an update changes; what is UNSET stays as it is.

    The fields are those of `SessionConfiguration`, where they are described. A dialect has filled in its own
    defaults already.
    """

    modalities: tuple[Modality, ...] | UnsetType = UNSET
    voice: Voice | UnsetType = UNSET
    instructions: str | None | UnsetType = UNSET
    """None: those with which the session began."""
    input_audio_format: InputAudioFormat | UnsetType = UNSET
    input_audio_sampling_rate: int | None | UnsetType = UNSET
    """None: the usual one of the format."""
    output_audio_format: OutputAudioFormat | UnsetType = UNSET
    turn_detection: TurnDetection | None | UnsetType = UNSET
    input_audio_transcription: Transcription | None | UnsetType = UNSET
    input_audio_noise_reduction: NoiseReduction | None | UnsetType = UNSET
    input_audio_echo_cancellation: EchoCancellation | None | UnsetType = UNSET
    output_audio_timestamp_types: tuple[TimestampType, ...] | None | UnsetType = UNSET
    animation: Animation | None | UnsetType = UNSET
    tools: tuple[Tool, ...] | UnsetType = UNSET
    tool_choice: ToolChoice | UnsetType = UNSET
    parallel_tool_calls: bool | None | UnsetType = UNSET
    temperature: float | None | UnsetType = UNSET
    max_response_output_tokens: MaxTokens | UnsetType = UNSET
    reasoning_effort: ReasoningEffort | None | UnsetType = UNSET
    interim_response: InterimResponse | None | UnsetType = UNSET
    include: tuple[Include, ...] | None | UnsetType = UNSET
    metadata: dict[str, str] | None | UnsetType = UNSET


class SessionConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The options in force. None is what nobody has set, except where a field says otherwise."""

    id: str
    model: str
    expires_at: int
    """In seconds since the epoch."""
    agent: Agent | None = None
    greeting: str | None = None
    """Said first, without being asked."""
    modalities: tuple[Modality, ...] = ("text", "audio")
    instructions: str = ""
    voice: Voice
    input_audio_format: InputAudioFormat = "pcm16"
    input_audio_sampling_rate: int = PCM16_RATE_HZ
    output_audio_format: OutputAudioFormat | None = "pcm16"
    """None: pcm16, too, which nobody has chosen."""
    turn_detection: TurnDetection | None
    """None: the client says where turns end."""
    input_audio_transcription: Transcription | None = None
    input_audio_noise_reduction: NoiseReduction | None = None
    input_audio_echo_cancellation: EchoCancellation | None = None
    output_audio_timestamp_types: tuple[TimestampType, ...] | None = None
    animation: Animation | None = None
    tools: tuple[Tool, ...] = ()
    """MCP servers without their secrets."""
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool | None = None
    temperature: float | None = None
    max_response_output_tokens: MaxTokens = "inf"
    reasoning_effort: ReasoningEffort | None = None
    interim_response: InterimResponse | None = None
    include: tuple[Include, ...] | None = None
    metadata: dict[str, str] | None = None


def merge(
    current: SessionConfiguration,
    options: SessionOptions,
    *,
    default_instructions: str,
    has_spoken: bool,
    has_listened: bool,
) -> SessionConfiguration:
    """Apply an update: all of it, or none.

    Without instructions the session falls back to `default_instructions`, as Azure's service does.
    `has_spoken` says that the assistant's voice was heard already; then it cannot change. `has_listened` says
    that sound has come from the client; then it comes as it did, without or with the same reference for
    echoes.

    Raises:
        InvalidRequest: With the field's path as `param`.

    """
    changes: dict[str, Any] = {
        name: value for name in options.__struct_fields__ if (value := getattr(options, name)) is not UNSET
    }
    if has_spoken and changes.get("voice", current.voice) != current.voice:
        raise InvalidRequest(
            "cannot_update_voice",
            "The voice cannot change after the assistant has spoken.",
            param="session.voice",
        )
    if "tools" in changes:
        changes["tools"] = mcp_server.checked(changes["tools"], "session.tools")
    if "instructions" in changes:
        changes["instructions"] = or_default(changes["instructions"], default_instructions)
    changes |= _sampling_rate(current, changes)
    merged = msgspec.structs.replace(current, **changes)
    _check_echo_cancellation(current, merged, has_listened=has_listened)
    return merged


def or_default(instructions: str | None, default: str) -> str:
    """Return the instructions, or the default in place of none: a chat model is never asked without any."""
    return instructions if instructions and not instructions.isspace() else default


def _check_echo_cancellation(
    current: SessionConfiguration, session: SessionConfiguration, *, has_listened: bool
) -> None:
    """Refuse combinations that have no reference, with the codes of the service's reference.

    It allows no change within a session; here one may still do without.
    """
    echo = session.input_audio_echo_cancellation
    if echo is None:
        return
    param = "session.input_audio_echo_cancellation"
    if has_listened and echo != current.input_audio_echo_cancellation:
        raise InvalidRequest(
            "invalid_value",
            "Echo cancellation cannot change after sound has come; null ends it.",
            param=param,
        )
    if "audio" not in session.modalities:
        raise InvalidRequest(
            "ec_not_supported", "Without spoken answers there is no echo to cancel.", param=param
        )
    if echo.channels == 2 and (echo.reference_source != "client" or session.input_audio_format != "pcm16"):
        raise InvalidRequest(
            "invalid_ec_channels_requires_client",
            "Two channels need reference_source client and input_audio_format pcm16.",
            param=f"{param}.channels",
        )
    if echo.channels == 1 and echo.reference_source == "client":
        raise InvalidRequest(
            "invalid_ec_reference_channels",
            "A client's reference is the second of two channels.",
            param=f"{param}.reference_source",
        )


def _sampling_rate(current: SessionConfiguration, changes: dict[str, Any]) -> dict[str, int]:
    """Return the sampling rate that goes with the input format; G.711 has one, pcm16 a range."""
    if "input_audio_format" not in changes and "input_audio_sampling_rate" not in changes:
        return {}
    if changes.get("input_audio_format", current.input_audio_format) != "pcm16":
        return {"input_audio_sampling_rate": G711_RATE_HZ}
    rate_hz = changes.get("input_audio_sampling_rate")
    if rate_hz is None:
        was_pcm16 = current.input_audio_format == "pcm16" and "input_audio_sampling_rate" not in changes
        rate_hz = current.input_audio_sampling_rate if was_pcm16 else PCM16_RATE_HZ
    if rate_hz not in INPUT_RATES_HZ:
        raise InvalidRequest(
            "invalid_value",
            f"input_audio_sampling_rate must be from {INPUT_RATES_HZ[0]} to {INPUT_RATES_HZ[-1]}.",
            param="session.input_audio_sampling_rate",
        )
    return {"input_audio_sampling_rate": rate_hz}
