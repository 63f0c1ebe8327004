"""The answers of a session: at most one at a time, begun, reported on and stopped."""

from collections.abc import Callable, Iterator
from typing import Any, Literal

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import server_events as say
from openvoicelive.protocol import work
from openvoicelive.protocol.audio_formats import output_format
from openvoicelive.protocol.client_events import ResponseOptions
from openvoicelive.protocol.server_events import ServerEvent
from openvoicelive.protocol.session import response_options
from openvoicelive.protocol.session.conversation import Conversation
from openvoicelive.protocol.session.item_events import ItemEvents
from openvoicelive.protocol.session.items import Item
from openvoicelive.protocol.session.mcp.coordinator import Mcp
from openvoicelive.protocol.session.mcp.lists import functions_only
from openvoicelive.protocol.session.response import Response
from openvoicelive.protocol.session.response_options import EffectiveOptions
from openvoicelive.protocol.session.state import AnswerTo, Handlers, Output, SessionState

_REPLY_HANDLERS: dict[type, Callable[[Response, Any], Iterator[ServerEvent]]] = {
    work.Wrote: Response.wrote,
    work.Spoke: Response.spoke,
    work.MessageEnded: Response.message_ended,
    work.ToolCallBegan: Response.call_began,
    work.ToolCallArguments: Response.call_arguments,
    work.ReplyEnded: Response.ended,
    work.ReplyFailed: Response.failed,
}


class Answering:
    """Creates and ends responses."""

    def __init__(self, state: SessionState, items: ItemEvents, mcp: Mcp) -> None:
        self._state = state
        self._items = items
        self._mcp = mcp
        self._response: Response | None = None
        # The id of the next response, if a speculative reply has it already.
        self._next_id: str | None = None
        self._wanted = False
        # From the user's first sound to the words; nothing is said unasked meanwhile.
        self._interrupted = False
        # The newest item that was spoken, and how much sound had come from the client when it began.
        self._newest: tuple[str, float] | None = None
        self.has_spoken = False

    @property
    def handlers(self) -> Handlers:
        """Handlers by type of input; built anew, because a stored one would be a reference cycle."""
        return {
            client.ResponseCreate: self._on_response_create,
            client.ResponseCancel: self._on_response_cancel,
            client.OutputAudioBufferClear: self._on_output_audio_clear,
            **dict.fromkeys(_REPLY_HANDLERS, self._on_report),
            work.ReplyEnded: self._on_over,
            work.ReplyFailed: self._on_over,
        }

    @property
    def busy(self) -> bool:
        """Whether a response is active."""
        return self._response is not None

    def draft(self, guess: Item) -> Iterator[Output]:
        """Begin to think of the answer to what the user seems to have said."""
        options = self._options(ResponseOptions())
        if self._next_id is None:
            self._next_id = self._state.new_id("resp")
        yield work.SpeculativeReply(self._next_id, options.request((*self._state.conversation, guess)))

    def say(self, text: str) -> Iterator[Output]:
        """Say a text word for word."""
        options = self._options(ResponseOptions())
        yield from self._create(options, verbatim=text)

    def words_are_known(self, answer: AnswerTo) -> Iterator[Output]:
        """Go on where the words of a turn were waited for; answer it if that is wanted."""
        if answer is AnswerTo.OVERTAKEN_TURN:
            yield from self._answer_overtaken()
        else:
            # A client's own request that waits for these words answers them.
            is_answered = self._response is not None and self._response.answers_what_is_said
            self._wanted = self._wanted or (answer is AnswerTo.TURN and not is_answered)
            self._interrupted = False
        if self._response is not None and self._response.request is None:
            yield from self._begin_work(self._response)
        yield from self.answer_if_wanted()

    def interrupt(self) -> Iterator[Output]:
        """Stop, because the user speaks."""
        if self._own_voice_comes_back:
            yield work.OwnVoiceStopped()
        self._wanted = False
        self._interrupted = True
        self._mcp.drop_owed()
        for item_id, answer in self._state.unwritten.items():
            if answer is AnswerTo.TURN:
                self._state.unwritten[item_id] = AnswerTo.OVERTAKEN_TURN
        yield from self._cancel("turn_detected")

    def truncate(self, appended_text: str | None) -> Iterator[Output]:
        """Forget what of the newest answer was not heard, if it was played in real time since it began.

        The sound that the client has sent since then is the clock.
        """
        if self._newest is None:
            return
        item_id, began_ms = self._newest
        self._newest = None
        heard_ms = int(self._state.received_ms - began_ms)
        if self._state.conversation.truncate_unheard(item_id, heard_ms, appended_text):
            yield say.ItemTruncated(item_id=item_id, content_index=0, audio_end_ms=heard_ms)

    def _on_response_create(self, event: client.ResponseCreate) -> Iterator[Output]:
        asked = event.response
        self._mcp.lists.require(asked.tools or ())
        committed = asked.conversation == "auto"
        options = self._options(asked, event.additional_instructions, committed=committed)
        if asked == ResponseOptions() and not event.additional_instructions and self._mcp.absorbs_request():
            return
        if self._response is not None:
            if not asked.cancel_previous:
                raise InvalidRequest(
                    "conversation_already_has_active_response",
                    f"Conversation already has an active response in progress: {self._response.id}. "
                    "Wait until the response is finished before creating a new one.",
                )
            yield from self._cancel("client_cancelled")
        for item in asked.append_input_items or ():
            yield from self._items.insert(item)
        context = asked.input_items
        yield from self._create(
            options,
            context=None if context is None else tuple(self._items.named(item) for item in context),
            verbatim=response_options.verbatim(asked),
            committed=committed,
        )

    def _on_response_cancel(self, event: client.ResponseCancel) -> Iterator[Output]:
        if self._response is not None and event.response_id in {None, self._response.id}:
            yield from self._cancel("client_cancelled")
        elif self._mcp.runs(event.response_id):
            yield from self._mcp.stop(event.response_id)
        else:
            raise InvalidRequest(
                "response_cancel_not_active", "Cancellation failed: no active response found"
            )
        yield from self.answer_if_wanted()

    def _on_output_audio_clear(self, _: client.OutputAudioBufferClear) -> Iterator[Output]:
        yield from self._cancel("client_cancelled")
        yield say.OutputAudioBufferCleared()
        yield from self.answer_if_wanted()

    def _create(
        self,
        options: EffectiveOptions,
        *,
        context: tuple[Item, ...] | None = None,
        verbatim: str | None = None,
        committed: bool = True,
        unasked: bool = False,
    ) -> Iterator[Output]:
        self._wanted = False
        if committed:
            self._mcp.answered(unasked=unasked)
        self._response = self._new_response(options, context=context, verbatim=verbatim, committed=committed)
        yield from self._begin_work(self._response)

    def _answer_overtaken(self) -> Iterator[Output]:
        """Say that a turn's answer was interrupted before it began.

        Recognition takes its time. Who speaks again meanwhile, or whose sound comes faster than in real time,
        gets the events of an answer that began in time and was interrupted by the same words.
        """
        if self._response is None:
            yield work.DropSpeculativeReply()
            self._response = self._new_response(self._options(ResponseOptions()))
            yield from self._cancel("turn_detected")

    def _new_response(
        self,
        options: EffectiveOptions,
        *,
        context: tuple[Item, ...] | None = None,
        verbatim: str | None = None,
        committed: bool = True,
    ) -> Response:
        response_id, self._next_id = self._next_id or self._state.new_id("resp"), None
        return Response(
            response_id=response_id,
            conversation_id=self._state.conversation_id if committed else None,
            options=options,
            configuration=self._state.configuration,
            conversation=self._state.conversation if committed else Conversation(),
            new_id=self._state.new_id,
            context=context,
            verbatim=verbatim,
        )

    def _begin_work(self, response: Response) -> Iterator[Output]:
        """Announce the response and order the reply, unless words that the user has spoken are not known yet.

        A client that commits a turn and asks for the answer in one breath sees both in the order in which
        one that waits does: the words, the item, the response.
        """
        if not response.is_announced and self._state.unwritten.keys() <= self._state.announced:
            yield response.created()
        if not self._state.unwritten:
            yield work.Reply(response.id, response.begin(tuple(self._state.conversation)))

    def answer_if_wanted(self) -> Iterator[Output]:
        """Answer the user, or what tools have said, if that is due and nothing is in the way."""
        if self._response is not None or self._state.unwritten:
            return
        if self._wanted:
            yield from self._create(self._options(ResponseOptions()))
        elif not self._interrupted and (owed := self._mcp.take_owed()) is not None:
            yield from self._create(owed, unasked=True)

    def _options(
        self,
        asked: ResponseOptions,
        additional_instructions: str | None = None,
        *,
        committed: bool = True,
    ) -> EffectiveOptions:
        """Lay options over those of the session; what stays outside the conversation calls no MCP tools."""
        return response_options.effective(
            self._state.configuration,
            asked,
            additional_instructions,
            self._mcp.lists.offer if committed else functions_only,
        )

    def _cancel(self, reason: Literal["turn_detected", "client_cancelled"]) -> Iterator[Output]:
        response, self._response = self._response, None
        if response is None:
            return
        self.has_spoken = self.has_spoken or response.has_sound
        if not response.is_announced:
            yield response.created()
        yield work.StopReply(response.id)
        yield from response.cancel(reason)

    @property
    def _own_voice_comes_back(self) -> bool:
        echo = self._state.configuration.input_audio_echo_cancellation
        return echo is not None and echo.reference_source == "server"

    def _on_report(self, report: Any) -> Iterator[Output]:
        if self._response is None or self._response.id != report.response_id:
            return
        yield from _REPLY_HANDLERS[type(report)](self._response, report)
        if isinstance(report, work.Spoke) and report.audio and self._own_voice_comes_back:
            options = self._response.options
            yield work.OwnVoice(report.audio, output_format(options.output_audio_format))
        item_id = self._response.speaking_item_id
        if item_id is not None and (self._newest is None or self._newest[0] != item_id):
            self._newest = (item_id, self._state.received_ms)

    def _on_over(self, report: work.ReplyEnded | work.ReplyFailed) -> Iterator[Output]:
        response = self._response
        if response is None or response.id != report.response_id:
            return
        self.has_spoken = self.has_spoken or response.has_sound
        self._response = None
        yield from _REPLY_HANDLERS[type(report)](response, report)
        yield from self._mcp.begin(response)
        yield from self.answer_if_wanted()
