"""The state that the parts of a session share."""

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
    """What more than one part of a session needs."""

    configuration: SessionConfiguration
    new_id: NewId
    conversation_id: str
    conversation: Conversation = field(default_factory=Conversation)
    next_answer: NextAnswer[EffectiveOptions] = field(default_factory=NextAnswer)
    turn_item_id: str | None = None
    """The item of the user's last turn. Clients know its id before it is in the conversation."""
    received_ms: float = 0.0
    """How much audio the client has sent. A session has no other clock."""

    @property
    def input_format(self) -> AudioFormat:
        """The encoding of the client's audio."""
        options = self.configuration
        echo = options.input_audio_echo_cancellation
        channels = 1 if echo is None else echo.channels
        return input_format(options.input_audio_format, options.input_audio_sampling_rate, channels)
