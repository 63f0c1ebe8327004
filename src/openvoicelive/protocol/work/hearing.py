"""Orders to the listener, and what it reports: turns and their words."""

from dataclasses import dataclass
from fractions import Fraction

from openvoicelive.protocol.audio_formats import AudioFormat
from openvoicelive.protocol.options import EchoCancellation, NoiseReduction, Transcription
from openvoicelive.protocol.turn_detection import TurnDetection

# --- orders ---


@dataclass(frozen=True)
class ConfigureListening:
    """How sound is encoded and how turns are detected from here on; without `turn_detection`, not at all."""

    audio_format: AudioFormat
    turn_detection: TurnDetection | None
    transcription: Transcription | None
    noise_reduction: NoiseReduction | None = None
    echo_cancellation: EchoCancellation | None = None


@dataclass(frozen=True)
class OwnVoice:
    """Sound that is sent to the client: its echo may come back."""

    audio: bytes
    audio_format: AudioFormat


@dataclass(frozen=True)
class OwnVoiceStopped:
    """The client does not play the rest of what it was sent."""


@dataclass(frozen=True)
class ForgetAudio:
    """Drop the sound that was not committed, and a turn that may have begun in it."""


@dataclass(frozen=True)
class Transcribe:
    """Transcribe a stretch of the client's sound; times count from the first sound of the session."""

    item_id: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class TranscribeAudio:
    """Transcribe the sound of an item that the client created, in its input format."""

    item_id: str
    audio: bytes


HearingOrder = ConfigureListening | OwnVoice | OwnVoiceStopped | ForgetAudio | Transcribe | TranscribeAudio


# --- reports ---


@dataclass(frozen=True)
class AudioReceived:
    """How much sound the client had sent when the next input came."""

    until_ms: Fraction
    """From the first sound of the session."""


@dataclass(frozen=True)
class SpeechBegan:
    """The user began to speak."""

    at_ms: int
    """With the prefix padding."""
    heard_ms: int | None = None
    """How much sound had been heard when it was noticed, if that is known."""


@dataclass(frozen=True)
class SpeechEnded:
    """The user's turn is over."""

    start_ms: int
    at_ms: int
    """With the silence that was waited for."""


@dataclass(frozen=True)
class PartialTranscript:
    """The transcript so far, in a pause that may be the end of the turn."""

    transcript: str | None
    """None if the user went on speaking."""


@dataclass(frozen=True)
class Transcribed:
    """What the user said in the turn of an item; empty when no word was understood."""

    item_id: str
    transcript: str


@dataclass(frozen=True)
class NotTranscribed:
    """A turn could not be transcribed."""

    item_id: str
    code: str
    message: str


@dataclass(frozen=True)
class TurnsNotDetected:
    """Turns are not detected any more; what the client commits is still transcribed."""

    code: str
    message: str


@dataclass(frozen=True)
class LanguageNotRecognised:
    """No recogniser here knows the language that the client wants to be transcribed."""

    code: str
    message: str


HearingReport = (
    AudioReceived
    | SpeechBegan
    | SpeechEnded
    | PartialTranscript
    | Transcribed
    | NotTranscribed
    | TurnsNotDetected
    | LanguageNotRecognised
)
