"""Drives a session as the service does; keeps what it says and orders, and the sound that it does not see."""

from collections import defaultdict
from collections.abc import Generator, Iterable
from itertools import count
from typing import Any, TypeVar

import msgspec

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import voices, work
from openvoicelive.protocol.client_events import ClientEvent, InputAudioBufferAppend
from openvoicelive.protocol.dialects.interface import Dialect, SessionStart
from openvoicelive.protocol.dialects.voice_live.dialect import VoiceLive
from openvoicelive.protocol.ids import Prefix
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session.input_audio import ReceivedAudio
from openvoicelive.protocol.session.session import Input, Session
from openvoicelive.protocol.session.state import Output
from tests.conformance.wire_checker import WireChecker

Event = dict[str, Any]
Message = TypeVar("Message")


class Wire:
    """One client and one engine room, in the test's hands."""

    def __init__(
        self,
        *,
        model: str = "gpt-4o",
        api_version: str = "2026-07-15",
        greeting: str | None = None,
        refusal: InvalidRequest | None = None,
    ) -> None:
        numbers: defaultdict[Prefix, count[int]] = defaultdict(lambda: count(1))

        def new_id(prefix: Prefix) -> str:
            return f"{prefix}_{next(numbers[prefix])}"

        self.dialect: Dialect = VoiceLive(api_version=api_version, model=model, new_id=new_id)
        options = self.dialect.begin(session_start(model, greeting))
        self.session = Session(options, new_id=new_id, refusal=refusal)
        self.checker = WireChecker()
        self.events: list[Event] = []
        self.orders: list[work.Order] = []
        self.heard: list[bytes] = []
        """The sound that went to hearing."""
        self._received = ReceivedAudio()
        self._told_ms = self._received.until_ms
        self.opening = self._keep(self.session.start())

    def say(self, event: Event | str | bytes) -> list[Event]:
        """Send a client event as text; return the server events that follow."""
        text = msgspec.json.encode(event) if isinstance(event, dict) else event
        try:
            decoded = finished(self.dialect.decode(text))
        except InvalidRequest as error:
            return self._receive(error)
        if not isinstance(decoded, InputAudioBufferAppend):
            return self._receive(decoded)
        try:
            self._received.require_valid(decoded.audio)
        except InvalidRequest as error:
            error.event_id = decoded.event_id
            return self._receive(error)
        self._received.add(decoded.audio)
        self.heard.append(decoded.audio)
        return []

    def report(self, report: work.Report) -> list[Event]:
        """Send a report; return the server events that follow."""
        return self._receive(report)

    def ordered(self, kind: type[Any]) -> list[Any]:
        """Return all orders of a kind so far."""
        return [order for order in self.orders if isinstance(order, kind)]

    def update(self, **session: Any) -> list[Event]:
        """Send a session.update."""
        return self.say({"type": "session.update", "session": session})

    def write(self, text: str, **event: Any) -> str:
        """Add a user's text to the conversation; return the item's id."""
        part = {"type": "input_text", "text": text}
        item = {"type": "message", "role": "user", "content": [part]}
        return str(self.say({"type": "conversation.item.create", "item": item, **event})[0]["item"]["id"])

    def create_response(self, **response: Any) -> str:
        """Ask for an answer; return the response's id."""
        return str(self.say({"type": "response.create", "response": response})[0]["response"]["id"])

    def speak(self, transcript: str, start_ms: int = 0, end_ms: int = 1_000) -> list[Event]:
        """Let the user say a turn, from its first sound to its transcript."""
        events = self.report(work.SpeechBegan(start_ms))
        events += self.report(work.SpeechEnded(start_ms, end_ms))
        item_id = self.ordered(work.Transcribe)[-1].item_id
        return events + self.report(work.Transcribed(item_id, transcript))

    def answer(self, response_id: str, *words: str, word_ms: int = 300) -> list[Event]:
        """Let the engines speak words of an answer, one stretch of sound for each."""
        events: list[Event] = []
        at_ms, end_char = 0, 0
        for word in words:
            end_char += len(word.rstrip())
            spoken = work.SpokenWord(word.strip(), at_ms, word_ms, end_char)
            end_char += len(word) - len(word.rstrip())
            events += self.report(work.Spoke(response_id, word, b"\0\0" * 240, word_ms, (spoken,)))
            at_ms += word_ms
        return events

    def report_received_audio(self) -> list[Event]:
        """Report how much sound has come, as the service does before each input."""
        if self._told_ms == self._received.until_ms:
            return []
        self._told_ms = self._received.until_ms
        return self._keep(self.session.receive(work.AudioReceived(self._told_ms)))

    def _receive(self, input: Input) -> list[Event]:
        return self.report_received_audio() + self._keep(self.session.receive(input))

    def _keep(self, outputs: Iterable[Output]) -> list[Event]:
        events: list[Event] = []
        for output in outputs:
            if isinstance(output, ServerEvent):
                for text in self.dialect.encode(output):
                    event = msgspec.json.decode(text)
                    self.checker.check(event)
                    events.append(event)
                continue
            if isinstance(output, work.ConfigureListening):
                self._received.change_format(output.audio_format)
            self.orders.append(output)
        self.events += events
        return events


def session_start(model: str = "gpt-4o", greeting: str | None = None) -> SessionStart:
    """Return what a service decides about a session."""
    return SessionStart(
        session_id="sess_1",
        model=model,
        voice=voices.voice_of_name("alloy"),
        instructions="Be kind.",
        expires_at=1_800_000_000,
        greeting=greeting,
    )


def finished(steps: Generator[None, None, Message]) -> Message:
    """Return what is read when all steps are done."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            message: Message = done.value
            return message


VOICE_LIVE = VoiceLive(api_version="2026-07-15", model="gpt-4o", new_id=lambda prefix: f"{prefix}_1")
"""The latest version, on a connection without a session."""


def decode(text: str | bytes) -> ClientEvent:
    """Read a message as the latest version of Voice Live."""
    return finished(VOICE_LIVE.decode(text))


def types(events: Iterable[Event]) -> list[str]:
    """Return the types of events, in order."""
    return [event["type"] for event in events]


def error_of(events: list[Event]) -> Event:
    """Return the details of the one error event."""
    assert types(events) == ["error"]
    details: Event = events[0]["error"]
    return details
