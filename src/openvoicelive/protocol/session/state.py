"""What the parts of a session share."""

from dataclasses import dataclass, field

from openvoicelive.protocol.audio_formats import AudioFormat, input_format
from openvoicelive.protocol.configuration import SessionConfiguration
from openvoicelive.protocol.ids import NewId
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session.conversation import Conversation
from openvoicelive.protocol.session.next_answer import NextAnswer
from openvoicelive.protocol.session.response_options import EffectiveOptions
from openvoicelive.protocol.work import Order

Output = ServerEvent | Order


@dataclass
class SessionState:
    """The state of one session, as far as more than one part needs it."""

    configuration: SessionConfiguration
    new_id: NewId
    conversation_id: str
    conversation: Conversation = field(default_factory=Conversation)
    next_answer: NextAnswer[EffectiveOptions] = field(default_factory=NextAnswer)
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
