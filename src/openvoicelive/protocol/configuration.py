"""Session options: what a client may send, the defaults by API version, and how an update merges."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import turn_detection, voices
from openvoicelive.protocol.audio_formats import (
    G711_RATE_HZ,
    INPUT_RATES_HZ,
    PCM16_RATE_HZ,
    HyphenatedOutputAudioFormat,
    InputAudioFormat,
    OutputAudioFormat,
    with_underscore,
)
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
    ToolChoice,
    Transcription,
)
from openvoicelive.protocol.session.mcp import server as mcp_server
from openvoicelive.protocol.session.mcp.server import Tool
from openvoicelive.protocol.turn_detection import AskedTurnDetection, ServerVad, TurnDetection
from openvoicelive.protocol.voices import AskedVoice, Voice

LATEST_API_VERSION = "2026-07-15"
NO_AVATARS = "Avatars are rendered by Azure's cloud; this service has none."


class SessionOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `session` of a `session.update`: what is absent stays as it is, what is null is cleared."""

    model: str | None | UnsetType = UNSET
    modalities: tuple[Modality, ...] | None | UnsetType = UNSET
    voice: AskedVoice | None | UnsetType = UNSET
    instructions: str | None | UnsetType = UNSET
    input_audio_format: InputAudioFormat | None | UnsetType = UNSET
    input_audio_sampling_rate: int | None | UnsetType = UNSET
    output_audio_format: OutputAudioFormat | HyphenatedOutputAudioFormat | None | UnsetType = UNSET
    turn_detection: AskedTurnDetection | None | UnsetType = UNSET
    input_audio_transcription: Transcription | None | UnsetType = UNSET
    input_audio_noise_reduction: NoiseReduction | None | UnsetType = UNSET
    input_audio_echo_cancellation: EchoCancellation | None | UnsetType = UNSET
    output_audio_timestamp_types: tuple[Literal["word"], ...] | None | UnsetType = UNSET
    animation: Animation | None | UnsetType = UNSET
    avatar: dict[str, Any] | None | UnsetType = UNSET
    tools: tuple[Tool, ...] | None | UnsetType = UNSET
    tool_choice: ToolChoice | None | UnsetType = UNSET
    parallel_tool_calls: bool | None | UnsetType = UNSET
    temperature: Temperature | None | UnsetType = UNSET
    max_response_output_tokens: MaxTokens | None | UnsetType = UNSET
    reasoning_effort: ReasoningEffort | None | UnsetType = UNSET
    interim_response: InterimResponse | None | UnsetType = UNSET
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


class SessionConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The options in force, as `session.created` and `session.updated` show them."""

    id: str
    model: str
    modalities: tuple[Modality, ...] = ("text", "audio")
    instructions: str = ""
    voice: Voice
    input_audio_format: InputAudioFormat = "pcm16"
    output_audio_format: OutputAudioFormat | None = "pcm16"
    """None: pcm16; so a native speech model's session shows it until a client chooses."""
    input_audio_transcription: Transcription | None = None
    input_audio_noise_reduction: NoiseReduction | None = None
    turn_detection: TurnDetection | None
    tools: tuple[Tool, ...] = ()
    """MCP servers without their secrets."""
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool | UnsetType = UNSET
    temperature: float | UnsetType = UNSET
    max_response_output_tokens: MaxTokens = "inf"
    reasoning_effort: ReasoningEffort | UnsetType = UNSET
    interim_response: InterimResponse | UnsetType = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    expires_at: int
    object: Literal["realtime.session"] = "realtime.session"
    input_audio_sampling_rate: int = PCM16_RATE_HZ
    animation: Animation | None = None
    input_audio_echo_cancellation: EchoCancellation | None = None
    avatar: None = None
    output_audio_timestamp_types: tuple[Literal["word"], ...] | None = None
    truncation_strategy: None = None
    include: tuple[Include, ...] | None = None
    greeting: str | None = None
    handoff: None = None
    agent: Agent | UnsetType = UNSET

    @property
    def native_speech(self) -> bool:
        """Whether the model's name is one of those that hear and speak by themselves.

        The recordings of gpt-realtime and the official tests against gpt-4o differ in small things; a client
        that names a model gets what that model's clients expect.
        """
        return self.model.startswith(("gpt-realtime", "azure-realtime", "phi4-mm-realtime"))


_FIXED = ("id", "object", "expires_at", "truncation_strategy", "greeting", "handoff", "agent")

# What null means: the value that a field falls back to. UNSET: the field is not shown any more.
_CLEARED: dict[str, Any] = {
    "modalities": ("text", "audio"),
    "input_audio_format": "pcm16",
    "input_audio_sampling_rate": None,
    "output_audio_format": "pcm16",
    "tools": (),
    "tool_choice": "auto",
    "max_response_output_tokens": "inf",
    "parallel_tool_calls": UNSET,
    "temperature": UNSET,
    "reasoning_effort": UNSET,
    "interim_response": UNSET,
    "metadata": UNSET,
}


def initial(  # noqa: PLR0913 - what a session is given at its birth
    *,
    session_id: str,
    model: str,
    voice: AskedVoice,
    instructions: str,
    expires_at: int,
    api_version: str,
    greeting: str | None = None,
    agent: Agent | None = None,
) -> SessionConfiguration:
    """Return the options of a session that just began; `expires_at` in seconds since the epoch.

    A native speech model's session shows defaults of its own until its client updates them, as recorded. An
    agent thinks with a chat model, whatever the session names.
    """
    configuration = SessionConfiguration(
        id=session_id,
        model=model,
        voice=voices.as_object(voice),
        instructions=instructions,
        turn_detection=turn_detection.with_defaults(ServerVad(), api_version),
        expires_at=expires_at,
        greeting=greeting,
        agent=agent or UNSET,
    )
    if agent is not None or not configuration.native_speech:
        return configuration
    return msgspec.structs.replace(
        configuration,
        modalities=("audio",),
        output_audio_format=None,
        turn_detection=turn_detection.with_defaults(turn_detection.NATIVE_SPEECH, api_version),
    )


def merge(  # noqa: PLR0913 - what an update depends on
    current: SessionConfiguration,
    options: SessionOptions,
    *,
    default_instructions: str,
    api_version: str,
    has_spoken: bool,
    has_listened: bool,
) -> SessionConfiguration:
    """Apply an update: all of it, or none.

    Without instructions the session falls back to `default_instructions`, as the service does. `has_spoken`
    says that the assistant's voice was heard already; then it cannot change. `has_listened` says that sound
    has come from the client; then it comes as it did, without or with the same reference for echoes.

    Raises:
        InvalidRequest: With the field's path as `param`.

    """
    changes = {
        name: value for name in options.__struct_fields__ if (value := getattr(options, name)) is not UNSET
    }
    # The model is fixed by the URL; clients that repeat it, or name another, mean no harm.
    changes.pop("model", None)
    _check_fixed(current, changes)
    _refuse_avatars(changes)
    changes.pop("avatar", None)
    if "voice" in changes:
        changes["voice"] = _new_voice(current, changes["voice"], has_spoken=has_spoken)
    if "turn_detection" in changes:
        changes["turn_detection"] = _turn_detection(changes["turn_detection"], api_version)
    if changes.get("output_audio_format"):
        changes["output_audio_format"] = with_underscore(changes["output_audio_format"])
    if changes.get("tools"):
        changes["tools"] = mcp_server.checked(changes["tools"], "session.tools")
    changes |= _tool_choice(changes)
    if changes.get("interim_response"):
        changes["interim_response"] = changes["interim_response"].with_wire_type()
    for name, value in changes.items():
        if value is None and name in _CLEARED:
            changes[name] = _CLEARED[name]
    if "instructions" in changes:
        changes["instructions"] = or_default(changes["instructions"], default_instructions)
    check_modalities(changes.get("modalities", current.modalities), current, "session")
    changes |= _sampling_rate(current, changes)
    merged = msgspec.structs.replace(current, **changes)
    _check_echo_cancellation(current, merged, has_listened=has_listened)
    return merged


def or_default(instructions: str | None, default: str) -> str:
    """Return the instructions, or the default in place of none: a chat model is never asked without any."""
    return instructions if instructions and not instructions.isspace() else default


def check_modalities(modalities: tuple[Modality, ...], session: SessionConfiguration, owner: str) -> None:
    """Require text beside sound, which only native speech models go without.

    Raises:
        InvalidRequest: With `owner`, the object that has the modalities, in the `param`.

    """
    allowed = ("text", "audio") if session.native_speech else ("text",)
    if not set(allowed) & set(modalities):
        message = f"modalities must include {' or '.join(allowed)}."
        raise InvalidRequest("invalid_value", message, param=f"{owner}.modalities")


def _check_fixed(current: SessionConfiguration, changes: dict[str, Any]) -> None:
    """Take out what can only be repeated; refuse another value, for nothing would come of it."""
    for name in _FIXED:
        now = getattr(current, name)
        shown = None if now is UNSET else msgspec.to_builtins(now)
        if changes.pop(name, shown) != shown:
            raise InvalidRequest("invalid_value", f"{name} cannot be set.", param=f"session.{name}")


def _new_voice(current: SessionConfiguration, asked: AskedVoice | None, *, has_spoken: bool) -> Voice:
    voice = current.voice if asked is None else voices.as_object(asked)
    if has_spoken and voice != current.voice:
        raise InvalidRequest(
            "cannot_update_voice",
            "The voice cannot change after the assistant has spoken.",
            param="session.voice",
        )
    return voice


def _turn_detection(asked: AskedTurnDetection | None, api_version: str) -> TurnDetection | None:
    detection = turn_detection.as_sdk_reads(asked)
    if detection is None:
        return None
    wrong = turn_detection.range_error(detection)
    if wrong:
        raise InvalidRequest("invalid_value", wrong[1], param=f"session.turn_detection.{wrong[0]}")
    return turn_detection.with_defaults(detection, api_version)


def _refuse_avatars(changes: Mapping[str, Any]) -> None:
    """Refuse what needs a picture of a face: only Azure's cloud makes one."""
    animation: Animation | None = changes.get("animation")
    outputs = animation.outputs if animation else None
    asked = {
        "session.avatar": bool(changes.get("avatar")),
        "session.modalities": "avatar" in (changes.get("modalities") or ()),
        "session.animation.outputs": "blendshapes" in (outputs or ()),
    }
    for param, is_asked in asked.items():
        if is_asked:
            raise InvalidRequest("avatar_not_supported", NO_AVATARS, param=param)


def _tool_choice(changes: dict[str, Any]) -> dict[str, NamedFunction]:
    """Return the one function that must be called as the contract shows it, wherever its name was written."""
    choice = changes.get("tool_choice")
    if not isinstance(choice, NamedFunction):
        return {}
    if not choice.function_name:
        param = "session.tool_choice.name"
        raise InvalidRequest(
            "missing_required_parameter", f"Missing required parameter: '{param}'.", param=param
        )
    return {"tool_choice": NamedFunction(name=choice.function_name)}


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
