"""What the parts of a session share."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from openvoicelive.protocol.audio_formats import AudioFormat, input_format
from openvoicelive.protocol.configuration import SessionConfiguration
from openvoicelive.protocol.ids import NewId
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session.conversation import Conversation
from openvoicelive.protocol.work import Order

Output = ServerEvent | Order

Handlers = Mapping[type, Callable[[Any], Iterator[Output]]]
"""For each type of input that a part takes, what it does with it."""


class AnswerTo(StrEnum):
    """What becomes of a turn once its words are known."""

    NOTHING = "nothing"
    TURN = "turn"
    OVERTAKEN_TURN = "overtaken_turn"
    """An answer would have begun, but the user speaks again already and interrupts it."""


@dataclass
class SessionState:
    """The state of one session, as far as more than one part needs it."""

    configuration: SessionConfiguration
    new_id: NewId
    conversation_id: str
    conversation: Conversation = field(default_factory=Conversation)
    unwritten: dict[str, AnswerTo] = field(default_factory=dict)
    """Items of the user whose words are not known yet, and whether an answer follows when they are."""
    announced: set[str] = field(default_factory=set)
    """Those of them that are announced already: a client put them in itself."""
    turn_item_id: str | None = None
    """The item of the user's last turn: clients know its id before it is in the conversation."""
    received_ms: float = 0.0
    """How much sound the client has sent: the only clock that a session has."""

    @property
    def input_format(self) -> AudioFormat:
        """How the client's sound stands in bytes."""
        options = self.configuration
        echo = options.input_audio_echo_cancellation
        channels = 1 if echo is None else echo.channels
        return input_format(options.input_audio_format, options.input_audio_sampling_rate, channels)
