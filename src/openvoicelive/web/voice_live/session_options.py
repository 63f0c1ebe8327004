"""How an assistant hears, thinks and speaks, as `session.update` says it. Pure."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from openvoicelive.web.page.messages import DEFAULT_TURN_DETECTION, TurnDetection

Session = dict[str, Any]
"""The `session` of a `session.update`, or a part of it."""

_AZURE_VOICE = re.compile(r"[a-z]{2,3}-[A-Za-z]+")

OWN_PACE = 1.0
"""The speech rate of which nothing needs to be said."""


@dataclass(frozen=True)
class AgentAddress:
    """An agent that the service knows, with its instructions, tools and model."""

    name: str
    project: str


@dataclass(frozen=True)
class SessionOptions:
    """What applies to a session. With an agent, what is `None` is the agent's own."""

    model: str | None
    voice: str | None
    instructions: str | None
    language: str | None = None
    turn_detection: TurnDetection | None = DEFAULT_TURN_DETECTION
    """`None`: nobody is listened to."""

    push_to_talk: bool = False
    """Whether the user ends turns, and `turn_detection` does not apply."""

    speech_rate: float = OWN_PACE
    agent: AgentAddress | None = None
    is_own_service: bool = False
    """Whether our own service answers, which tells the times of all voices' words."""

    @property
    def has_azure_voice(self) -> bool:
        """Whether Azure's synthesis speaks: it tells when words sound, and its pace can be set."""
        return self.voice is not None and _AZURE_VOICE.match(self.voice) is not None

    @property
    def word_times(self) -> bool:
        """Whether the service can tell when each word sounds."""
        return self.is_own_service or self.has_azure_voice

    @property
    def silence_ms(self) -> int:
        """How long a silence ends a turn; with semantic detection at least so long."""
        detected = None if self.push_to_talk else self.turn_detection
        return (detected and detected.silence_duration_ms) or 0

    @property
    def padding_ms(self) -> int:
        """How long before its speech a turn begins."""
        return (self.turn_detection and self.turn_detection.prefix_padding_ms) or 0

    def session(self) -> Session:
        """Return all of it."""
        parts = (self.part(name) for name in ("instructions", "voice", "turn_detection", "language"))
        session: Session = {
            "modalities": ["text", "audio"],
            "input_audio_format": "pcm16",
            "output_audio_format": "pcm16",
        }
        for part in parts:
            session |= part
        return session

    def part(self, name: str) -> Session:
        """Return what one of the user's settings is on the wire."""
        match name:
            case "instructions":
                return {} if self.instructions is None else {"instructions": self.instructions}
            case "turn_detection" | "push_to_talk":
                detected = None if self.push_to_talk else self.turn_detection
                return {"turn_detection": _without_nulls(detected)}
            case "language":
                return {"input_audio_transcription": self._transcription()}
            case _:
                return self._speech()

    def _speech(self) -> Session:
        """Voice and rate are one field of the wire; which words have times depends on the voice."""
        times: Session = {"output_audio_timestamp_types": ["word"]} if self.word_times else {}
        if self.voice is None:
            return times
        if not self.has_azure_voice:
            return {"voice": self.voice} | times
        voice: Session = {"type": "azure-standard", "name": self.voice}
        if self.speech_rate != OWN_PACE:
            voice["rate"] = f"{self.speech_rate:g}"
        return {"voice": voice} | times

    def _transcription(self) -> Session:
        # Recorded with the service: gpt-realtime models transcribe with whisper-1 under server VAD, while
        # azure-speech is refused there for some of them; cascaded models know only azure-speech.
        native = self.model is not None and self.model.startswith("gpt-realtime")
        transcription: Session = {"model": "whisper-1" if native else "azure-speech"}
        return transcription | ({"language": self.language} if self.language else {})


def _without_nulls(turns: TurnDetection | None) -> Session | None:
    if turns is None:
        return None
    return {name: value for name, value in msgspec.to_builtins(turns).items() if value is not None}
