"""The errors that openvoicelive raises.

* `VoiceError`
    * `SettingsError`: the operator must change a setting; the program prints the sentence and stops
    * `InvalidRequest`: a client broke the protocol; it is told so, the session goes on
    * `EngineError`: recognition, synthesis or a model failed; the response ends, the session goes on
        * `EngineNotInstalled`: it is not there; another one may take its place
"""

from pathlib import Path
from traceback import walk_tb


class VoiceError(Exception):
    """Base of every error that openvoicelive raises."""


class SettingsError(VoiceError):
    """The settings do not allow a start; the message says which one to change, and how."""


class InvalidRequest(VoiceError):  # noqa: N818 - the wire's own word: `invalid_request_error`
    """A client event that breaks the protocol.

    `code`, `param` and the `event_id` of the client's event go into the wire's `error` event.
    """

    def __init__(
        self, code: str, message: str, *, param: str | None = None, event_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.event_id = event_id


class EngineError(VoiceError):
    """An engine or a model could not do its work; the message may be shown to a user.

    `code` goes to the client in `response.status_details` or in a transcription's failure.
    """

    def __init__(self, message: str, *, code: str = "engine_error", cause: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self._cause = cause

    @property
    def cause(self) -> str | None:
        """Type and place of what it was raised from, such as `KeyError at flite.py:210`; for the log.

        The message of a library's error is left out, because it may quote what was said.
        """
        if self._cause is not None or self.__cause__ is None:
            return self._cause
        place = ""
        for frame, line in walk_tb(self.__cause__.__traceback__):
            place = f" at {Path(frame.f_code.co_filename).name}:{line}"
        return f"{type(self.__cause__).__name__}{place}"

    def without_traceback(self) -> "EngineError":
        """Return an equal error without a traceback, to be kept, or raised while the first is kept.

        A traceback holds the frames of everybody who raised or passed the error on. If one of them keeps the
        error itself, they keep each other.
        """
        return EngineError(str(self), code=self.code, cause=self.cause)


class EngineNotInstalled(EngineError):  # noqa: N818 - a state of the machine, in which nothing is broken
    """An engine, its model or its library is not on this machine."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code="engine_missing")
