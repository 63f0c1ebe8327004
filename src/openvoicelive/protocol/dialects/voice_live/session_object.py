"""The session object of Voice Live: what a client may write into it, and what it is shown.

What is absent from an update stays as it is, what is null falls back to a default.
"""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import configuration as core
from openvoicelive.protocol.audio_formats import InputAudioFormat, OutputAudioFormat
from openvoicelive.protocol.dialects.voice_live import turn_detection
from openvoicelive.protocol.dialects.voice_live.options import (
    AskedInterimResponse,
    AskedModality,
    AskedOutputAudioFormat,
    AskedToolChoice,
    AskedVoice,
    read_interim_response,
    read_output_format,
    read_tool_choice,
    read_voice,
)
from openvoicelive.protocol.dialects.voice_live.turn_detection import AskedTurnDetection
from openvoicelive.protocol.options import (
    Agent,
    Animation,
    EchoCancellation,
    Include,
    InterimResponse,
    MaxTokens,
    Metadata,
    Modality,
    NamedFunction,
    NoiseReduction,
    ReasoningEffort,
    Temperature,
    TimestampType,
    ToolChoice,
    Transcription,
)
from openvoicelive.protocol.session.mcp.server import Tool
from openvoicelive.protocol.turn_detection import TurnDetection
from openvoicelive.protocol.voices import Voice

NO_AVATARS = "Avatars are rendered by Azure's cloud; this service has none."


class SessionOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `session` of a `session.update`: what is absent stays as it is, what is null is cleared."""

    model: str | None | UnsetType = UNSET
    modalities: tuple[AskedModality, ...] | None | UnsetType = UNSET
    voice: AskedVoice | None | UnsetType = UNSET
    instructions: str | None | UnsetType = UNSET
    input_audio_format: InputAudioFormat | None | UnsetType = UNSET
    input_audio_sampling_rate: int | None | UnsetType = UNSET
    output_audio_format: AskedOutputAudioFormat | None | UnsetType = UNSET
    turn_detection: AskedTurnDetection | None | UnsetType = UNSET
    input_audio_transcription: Transcription | None | UnsetType = UNSET
    input_audio_noise_reduction: NoiseReduction | None | UnsetType = UNSET
    input_audio_echo_cancellation: EchoCancellation | None | UnsetType = UNSET
    output_audio_timestamp_types: tuple[TimestampType, ...] | None | UnsetType = UNSET
    animation: Animation | None | UnsetType = UNSET
    avatar: dict[str, Any] | None | UnsetType = UNSET
    tools: tuple[Tool, ...] | None | UnsetType = UNSET
    tool_choice: AskedToolChoice | None | UnsetType = UNSET
    parallel_tool_calls: bool | None | UnsetType = UNSET
    temperature: Temperature | None | UnsetType = UNSET
    max_response_output_tokens: MaxTokens | None | UnsetType = UNSET
    reasoning_effort: ReasoningEffort | None | UnsetType = UNSET
    interim_response: AskedInterimResponse | None | UnsetType = UNSET
    include: tuple[Include, ...] | None | UnsetType = UNSET
    metadata: Metadata | None | UnsetType = UNSET
    # Only to be repeated, by clients that send back the session that they were shown.
    id: Any | UnsetType = UNSET
    object: Any | UnsetType = UNSET
    expires_at: Any | UnsetType = UNSET
    truncation_strategy: Any | UnsetType = UNSET
    greeting: Any | UnsetType = UNSET
    handoff: Any | UnsetType = UNSET
    agent: Any | UnsetType = UNSET


class SessionObject(msgspec.Struct, frozen=True, kw_only=True):
    """The options in force, as `session.created` and `session.updated` show them."""

    id: str
    model: str
    modalities: tuple[Modality, ...]
    instructions: str
    voice: Voice
    input_audio_format: InputAudioFormat
    output_audio_format: OutputAudioFormat | None
    """None: pcm16; so a native speech model's session shows it until a client chooses."""
    input_audio_transcription: Transcription | None
    input_audio_noise_reduction: NoiseReduction | None
    turn_detection: TurnDetection | None
    tools: tuple[Tool, ...]
    """MCP servers without their secrets."""
    tool_choice: ToolChoice
    parallel_tool_calls: bool | UnsetType = UNSET
    temperature: float | UnsetType = UNSET
    max_response_output_tokens: MaxTokens
    reasoning_effort: ReasoningEffort | UnsetType = UNSET
    interim_response: InterimResponse | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    expires_at: int
    object: Literal["realtime.session"] = "realtime.session"
    input_audio_sampling_rate: int
    animation: Animation | None
    input_audio_echo_cancellation: EchoCancellation | None
    avatar: None = None
    output_audio_timestamp_types: tuple[TimestampType, ...] | None
    truncation_strategy: None = None
    include: tuple[Include, ...] | None
    greeting: str | None
    handoff: None = None
    agent: Agent | UnsetType = UNSET


# What may only be repeated, by clients that send back the session that they were shown.
FIXED = ("id", "object", "expires_at", "truncation_strategy", "greeting", "handoff", "agent")

_CHANGES = core.SessionOptions.__struct_fields__
# What is not shown before somebody has set it.
_SHOWN_WHEN_SET = (
    "parallel_tool_calls",
    "temperature",
    "reasoning_effort",
    "interim_response",
    "metadata",
    "agent",
)

# What null means: the value that a field falls back to.
_CLEARED: dict[str, Any] = {
    "modalities": ("text", "audio"),
    "input_audio_format": "pcm16",
    "output_audio_format": "pcm16",
    "tools": (),
    "tool_choice": "auto",
    "max_response_output_tokens": "inf",
    "voice": UNSET,
}


def shown_session(configuration: core.SessionConfiguration) -> SessionObject:
    """Return the options in force as a client is shown them; some are left out until somebody sets them."""
    fields = {name: getattr(configuration, name) for name in configuration.__struct_fields__}
    for name in _SHOWN_WHEN_SET:
        if fields[name] is None:
            del fields[name]
    return SessionObject(**fields)


def read_options(options: SessionOptions, *, api_version: str, native_speech: bool) -> core.SessionOptions:
    """Return what an update changes.

    Raises:
        InvalidRequest: With the field's path as `param`.

    """
    changes = {name: value for name in _CHANGES if (value := getattr(options, name)) is not UNSET}
    _refuse_avatars(options)
    changes |= {name: _CLEARED[name] for name, value in changes.items() if value is None and name in _CLEARED}
    if options.voice is not UNSET and options.voice is not None:  # the name may be empty
        changes["voice"] = read_voice(options.voice)
    if options.turn_detection is not UNSET:
        changes["turn_detection"] = _turn_detection(options.turn_detection, api_version)
    if options.output_audio_format:
        changes["output_audio_format"] = read_output_format(options.output_audio_format)
    if options.tool_choice:
        changes["tool_choice"] = _tool_choice(options.tool_choice)
    if options.interim_response:
        changes["interim_response"] = read_interim_response(options.interim_response)
    if "modalities" in changes:
        changes["modalities"] = read_modalities(
            changes["modalities"], "session.modalities", native_speech=native_speech
        )
    return core.SessionOptions(**changes)


def check_fixed(shown: dict[str, Any], options: SessionOptions) -> None:
    """Refuse another value for what can only be repeated, because nothing would come of it.

    Raises:
        InvalidRequest: With the field's path as `param`.

    """
    for name in FIXED:
        value = getattr(options, name)
        if value is not UNSET and value != shown.get(name):
            raise InvalidRequest("invalid_value", f"{name} cannot be set.", param=f"session.{name}")


def read_modalities(
    asked: tuple[AskedModality, ...], param: str, *, native_speech: bool
) -> tuple[Modality, ...]:
    """Return the modalities: text beside sound, unless a native speech model speaks, and no face.

    Raises:
        InvalidRequest: With `param`, the path of the field.

    """
    allowed = ("text", "audio") if native_speech else ("text",)
    if not set(allowed) & set(asked):
        raise InvalidRequest("invalid_value", f"modalities must include {' or '.join(allowed)}.", param=param)
    modalities = tuple(modality for modality in asked if modality != "avatar")
    if len(modalities) < len(asked):
        raise InvalidRequest("avatar_not_supported", NO_AVATARS, param=param)
    return modalities


def _turn_detection(asked: AskedTurnDetection | None, api_version: str) -> TurnDetection | None:
    detection = turn_detection.as_sdk_reads(asked)
    if detection is None:
        return None
    wrong = turn_detection.range_error(detection)
    if wrong:
        raise InvalidRequest("invalid_value", wrong[1], param=f"session.turn_detection.{wrong[0]}")
    return turn_detection.with_defaults(detection, api_version)


def _refuse_avatars(options: SessionOptions) -> None:
    """Refuse what needs a picture of a face: only Azure's cloud makes one."""
    outputs = options.animation.outputs if options.animation else None
    asked = {
        "session.avatar": bool(options.avatar),
        "session.modalities": "avatar" in (options.modalities or ()),
        "session.animation.outputs": "blendshapes" in (outputs or ()),
    }
    for param, is_asked in asked.items():
        if is_asked:
            raise InvalidRequest("avatar_not_supported", NO_AVATARS, param=param)


def _tool_choice(asked: AskedToolChoice) -> ToolChoice:
    choice = read_tool_choice(asked)
    if isinstance(choice, NamedFunction) and not choice.name:
        param = "session.tool_choice.name"
        raise InvalidRequest(
            "missing_required_parameter", f"Missing required parameter: '{param}'.", param=param
        )
    return choice
