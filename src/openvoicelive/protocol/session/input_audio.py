"""A client's sound: how much there is, what was committed, and whether someone is speaking."""

from enum import StrEnum
from fractions import Fraction

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.audio_formats import PCM16_RATE_HZ, AudioFormat

# OpenAI's realtime service refuses less. Clients written against it expect that, and nothing shorter is a
# word.
MIN_COMMIT_MS = 100
# One append, or the sound of one item: as long as the 15 MiB that the service documents are in its usual
# format, PCM16 at 24 kHz. Of G.711 15 MiB would be half an hour.
MAX_SOUND_MS = 327_680


def require_bounded(audio: bytes, audio_format: AudioFormat, param: str) -> None:
    """Refuse sound that is too long, before it is decoded.

    Raises:
        InvalidRequest: If it is longer than `MAX_SOUND_MS`.

    """
    if audio_format.duration_ms(len(audio)) > MAX_SOUND_MS:
        raise InvalidRequest(
            "invalid_value", f"{param} must not exceed {MAX_SOUND_MS // 1000} s of sound.", param=param
        )


class ReceivedAudio:
    """Counts the sound that comes in; the session learns the result from `AudioReceived`.

    Times are in milliseconds from the first sound of the session. They are fractions: a stretch of sound is
    as long as its bytes say, wherever it begins and whatever the sampling rate was before.
    """

    def __init__(self) -> None:
        self.audio_format = AudioFormat("pcm16", PCM16_RATE_HZ)
        self.until_ms = Fraction(0)

    def change_format(self, audio_format: AudioFormat) -> None:
        """Count what comes from here on in another format."""
        self.audio_format = audio_format

    def require_valid(self, audio: bytes) -> None:
        """Refuse sound that the format does not allow.

        Raises:
            InvalidRequest: If it is too long, or ends within a frame of several channels.

        """
        require_bounded(audio, self.audio_format, "audio")
        if self.audio_format.channels > 1 and len(audio) % self.audio_format.bytes_per_frame:
            raise InvalidRequest("invalid_value", "Two channels come in whole frames.", param="audio")

    def add(self, audio: bytes) -> None:
        """Count sound that has come."""
        self.until_ms += Fraction(len(audio) * 1000, self.audio_format.bytes_per_second)


class HearingState(StrEnum):
    """Whether someone is speaking."""

    QUIET = "quiet"
    SPEAKING = "speaking"


_NEXT_STATE = {
    HearingState.QUIET: {"begin": HearingState.SPEAKING, "clear": HearingState.QUIET},
    HearingState.SPEAKING: {"end": HearingState.QUIET, "clear": HearingState.QUIET},
}


class InputAudioBuffer:
    """Positions in the sound of a session, in milliseconds as `ReceivedAudio` counts them."""

    def __init__(self) -> None:
        self._state = HearingState.QUIET
        self.received_ms = Fraction(0)
        """How much sound has come."""
        self._start_ms = Fraction(0)
        self.turn_item_id: str | None = None

    def is_over(self, heard_ms: int | None) -> bool:
        """Whether speech was noticed in audio that meanwhile was committed or cleared."""
        return heard_ms is not None and heard_ms <= self._start_ms

    def begin(self, item_id: str) -> bool:
        """Note that the user speaks; the turn will be this item. False if a turn has begun already."""
        if not self._fire("begin"):
            return False
        self.turn_item_id = item_id
        return True

    def end(self, at_ms: int) -> str | None:
        """Note that the turn is over, and return its item; None if there is none, as after a clear."""
        item_id = self.turn_item_id
        if not self._fire("end"):
            return None
        self.turn_item_id = None
        self._start_ms = max(self._start_ms, Fraction(at_ms))
        return item_id

    def require_committable(self) -> None:
        """Refuse a commit of too little sound.

        Raises:
            InvalidRequest: If that is less than `MIN_COMMIT_MS`.

        """
        waiting_ms = self.received_ms - self._start_ms
        if waiting_ms < MIN_COMMIT_MS:
            raise InvalidRequest(
                "input_audio_buffer_commit_empty",
                f"Error committing input audio buffer: buffer too small. Expected at least {MIN_COMMIT_MS}ms "
                f"of audio, but buffer only has {float(waiting_ms):.2f}ms of audio.",
            )

    def commit(self) -> tuple[str | None, int, int]:
        """Make a turn of all sound not yet committed; return where it begins and where it ends.

        The first is the item of the turn, if the user has begun to speak in it.
        """
        item_id, self.turn_item_id = self.turn_item_id, None
        start_ms, self._start_ms = int(self._start_ms), self.received_ms
        self._fire("clear")
        return item_id, start_ms, int(self.received_ms)

    def clear(self) -> None:
        """Forget all sound not yet committed, and a turn that began in it."""
        self._start_ms = self.received_ms
        self._fire("clear")
        self.turn_item_id = None

    def _fire(self, step: str) -> bool:
        following = _NEXT_STATE[self._state].get(step)
        if following is None:
            return False
        self._state = following
        return True
