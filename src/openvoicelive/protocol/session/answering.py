"""The responses of a session: at most one at a time, begun, reported on and stopped.

`next_answer.py` decides which answer is due; here it is made.
"""

from collections.abc import Generator, Iterator
from typing import Literal, assert_never

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import server_events, work
from openvoicelive.protocol.audio_formats import output_format
from openvoicelive.protocol.client_events import ResponseOptions
from openvoicelive.protocol.server_events import error_event
from openvoicelive.protocol.session import response_options
from openvoicelive.protocol.session.conversation import Conversation
from openvoicelive.protocol.session.item_events import ItemEvents
from openvoicelive.protocol.session.items import ClientItem, Item
from openvoicelive.protocol.session.mcp.coordinator import Mcp
from openvoicelive.protocol.session.mcp.lists import functions_only
from openvoicelive.protocol.session.next_answer import ResponseFor, ToolsDue, TurnDue
from openvoicelive.protocol.session.response import ReplyOver, ReplyProgress, Response
from openvoicelive.protocol.session.response_options import EffectiveOptions
from openvoicelive.protocol.session.state import Output, SessionState

AnsweringInput = (
    work.AnsweringReport
    | work.AudioPlayed
    | client.ResponseCreate
    | client.ResponseCancel
    | client.OutputAudioBufferClear
)
"""The inputs that `Answering` handles."""


class Answering:
    """Creates and ends responses."""

    def __init__(self, state: SessionState, items: ItemEvents, mcp: Mcp) -> None:
        self._state = state
        self._next_answer = state.next_answer
        self._items = items
        self._mcp = mcp
        self._response: Response | None = None
        # The id of the next response, if a speculative reply has it already.
        self._next_id: str | None = None
        # The newest item that was spoken, and how much sound had come from the client when it began.
        self._newest: tuple[str, float] | None = None
        self._played: work.AudioPlayed | None = None
        self.has_spoken = False

    def handle(self, input: AnsweringInput) -> Iterator[Output]:
        """Validate an input, and return the generator that applies it.

        Raises:
            InvalidRequest: If a client event is refused; then nothing has changed.

        """
        match input:
            case client.ResponseCreate():
                return self._on_response_create(input)
            case client.ResponseCancel():
                return self._on_response_cancel(input)
            case client.OutputAudioBufferClear():
                return self._clear_output_audio()
            case work.ReplyEnded() | work.ReplyFailed():
                return self._on_over(input)
            case work.AudioPlayed():
                return self._on_audio_played(input)
            case _:
                return self._on_progress(input)

    def speculate(self, guess: Item) -> Iterator[Output]:
        """Begin to prepare the answer to what the user seems to have said."""
        try:
            options = self._options(ResponseOptions())
        except InvalidRequest:
            return  # the answer itself will report it
        if self._next_id is None:
            self._next_id = self._state.new_id("resp")
        yield work.SpeculativeReply(self._next_id, options.request((*self._state.conversation, guess)))

    def speak(self, text: str) -> Iterator[Output]:
        """Speak a text as it is."""
        options = yield from self._options_of_session()
        if options is not None:
            yield from self._begin(self._new_response(options, verbatim=text), ResponseFor.OWN_CONTEXT)

    def transcript_known(self, *, is_overtaken: bool) -> Iterator[Output]:
        """Go on with what waited for a transcript."""
        if is_overtaken:
            yield from self._answer_overtaken()
        if self._response is not None:
            yield from self._start(self._response)
        yield from self.answer_what_is_due()

    def interrupt(self, item_id: str) -> Iterator[Output]:
        """Cancel the response, because the user speaks; the turn will be this item."""
        yield from self._flush_audio()
        self._next_answer.interrupt(item_id)
        yield from self._cancel("turn_detected")

    def truncate(self, appended_text: str | None) -> Iterator[Output]:
        """Truncate the newest answer to what the user has heard.

        If the peer does not report how much it has played, the answer counts as played in real time, which
        the audio that the client has sent since the answer began measures.
        """
        if self._newest is None:
            return
        item_id, began_ms = self._newest
        self._newest = None
        heard_ms = int(self._state.received_ms - began_ms)
        if self._played is not None and self._played.item_id == item_id:
            heard_ms = self._played.until_ms
        if self._state.conversation.truncate_unheard(item_id, heard_ms, appended_text):
            yield server_events.ItemTruncated(item_id=item_id, content_index=0, audio_end_ms=heard_ms)

    def answer_what_is_due(self) -> Iterator[Output]:
        """Begin the answer that is due, if there is one."""
        match self._next_answer.due(calls_run=self._mcp.runs(None)):
            case TurnDue():
                options = yield from self._options_of_session()
                if options is None:
                    self._next_answer.turn_unanswerable()
                    yield from self.answer_what_is_due()
                else:
                    yield from self._begin(self._new_response(options), ResponseFor.TURN)
            case ToolsDue(options):
                yield from self._begin(self._new_response(options), ResponseFor.TOOLS)
            case None:
                pass
            case never:
                assert_never(never)

    def _on_response_create(self, event: client.ResponseCreate) -> Iterator[Output]:
        asked = event.response
        self._mcp.lists.require(asked.tools or ())
        committed = asked.conversation == "auto"
        options = self._options(asked, event.additional_instructions, committed=committed)
        is_plain = asked == ResponseOptions() and not event.additional_instructions
        if is_plain and self._next_answer.covers_request:
            return self._cover_request()
        if self._response is not None and not asked.cancel_previous:
            raise InvalidRequest(
                "conversation_already_has_active_response",
                f"Conversation already has an active response in progress: {self._response.id}. "
                "Wait until the response is finished before creating a new one.",
            )
        self._items.require_insertable(asked.append_input_items or ())
        verbatim = response_options.verbatim(asked)
        return self._create(asked, options, verbatim=verbatim, committed=committed)

    def _cover_request(self) -> Iterator[Output]:
        self._next_answer.cover_request()
        yield from ()

    def _create(
        self, asked: ResponseOptions, options: EffectiveOptions, *, verbatim: str | None, committed: bool
    ) -> Iterator[Output]:
        """Begin the response that a client asks for, in the place of one that is active."""
        yield from self._cancel("client_cancelled")
        for item in asked.append_input_items or ():
            yield from self._items.insert(item)
        context = self._context(asked.input_items)
        if not committed:
            response_for = ResponseFor.OUTSIDE
        elif context is not None or verbatim is not None:
            response_for = ResponseFor.OWN_CONTEXT
        else:
            response_for = ResponseFor.REQUEST
        response = self._new_response(options, context=context, verbatim=verbatim, committed=committed)
        yield from self._begin(response, response_for)

    def _context(self, items: tuple[ClientItem, ...] | None) -> tuple[Item, ...] | None:
        return None if items is None else tuple(self._items.named(item) for item in items)

    def _on_response_cancel(self, event: client.ResponseCancel) -> Iterator[Output]:
        if self._response is not None and event.response_id in {None, self._response.id}:
            return self._cancel_and_go_on()
        if self._mcp.runs(event.response_id):
            return self._stop_calls(event.response_id)
        raise InvalidRequest("response_cancel_not_active", "Cancellation failed: no active response found")

    def _cancel_and_go_on(self) -> Iterator[Output]:
        yield from self._flush_audio()
        yield from self._cancel("client_cancelled")
        yield from self.answer_what_is_due()

    def _stop_calls(self, response_id: str | None) -> Iterator[Output]:
        yield from self._mcp.stop(response_id)
        yield from self.answer_what_is_due()

    def _clear_output_audio(self) -> Iterator[Output]:
        yield from self._flush_audio()
        yield from self._cancel("client_cancelled")
        yield server_events.OutputAudioBufferCleared()
        yield from self.answer_what_is_due()

    def _flush_audio(self) -> Iterator[Output]:
        """Stop what the client plays, also the sound of an answer that has ended."""
        if self._needs_echo_reference:
            yield work.OwnVoiceStopped()
        yield work.FlushAudio()

    def _begin(self, response: Response, response_for: ResponseFor) -> Iterator[Output]:
        self._response = response
        self._next_answer.begin(response_for)
        yield from self._start(response)

    def _start(self, response: Response) -> Iterator[Output]:
        """Announce the response and order the reply, unless a transcript before it is not known yet.

        A client that commits a turn and asks for the answer at once sees both in the order in which a client
        that waits sees them: the transcript, the item, the response.
        """
        if not response.is_announced and self._next_answer.may_announce:
            yield response.created()
        if self._next_answer.may_start:
            self._next_answer.start()
            yield work.Reply(response.id, response.begin(tuple(self._state.conversation)))

    def _answer_overtaken(self) -> Iterator[Output]:
        """Announce and cancel the answer to a turn that was interrupted before the answer began.

        Recognition takes time. A user who speaks again meanwhile, or whose sound comes faster than in real
        time, gets the events of an answer that began in time and was interrupted by that speech.
        """
        yield work.DropSpeculativeReply()
        options = yield from self._options_of_session()
        if options is not None:
            response = self._new_response(options)
            yield response.created()
            yield work.StopReply(response.id)
            yield from response.cancel("turn_detected")

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

    def _options_of_session(self) -> Generator[Output, None, EffectiveOptions | None]:
        """Return the options of an answer that no client event asks for; report why there can be none."""
        try:
            return self._options(ResponseOptions())
        except InvalidRequest as error:
            problem = error_event(error.code, str(error), param=error.param)
        yield problem
        return None

    def _options(
        self,
        asked: ResponseOptions,
        additional_instructions: str | None = None,
        *,
        committed: bool = True,
    ) -> EffectiveOptions:
        """Return the options in effect; a response outside the conversation calls no MCP tools."""
        return response_options.effective(
            self._state.configuration,
            asked,
            additional_instructions,
            self._mcp.lists.offer if committed else functions_only,
        )

    def _cancel(self, reason: Literal["turn_detected", "client_cancelled"]) -> Iterator[Output]:
        response = self._response
        if response is None:
            return
        self._end(response, is_cut=True)
        if not response.is_announced:
            yield response.created()
        yield work.StopReply(response.id)
        yield from response.cancel(reason)

    @property
    def _needs_echo_reference(self) -> bool:
        echo = self._state.configuration.input_audio_echo_cancellation
        return echo is not None and echo.reference_source == "server"

    def _on_progress(self, report: ReplyProgress) -> Iterator[Output]:
        response = self._response
        if response is None or response.id != report.response_id:
            return
        yield from response.progress(report)
        if isinstance(report, work.Spoke) and report.audio and self._needs_echo_reference:
            yield work.OwnVoice(report.audio, output_format(response.options.output_audio_format))
        item_id = response.speaking_item_id
        if item_id is not None and (self._newest is None or self._newest[0] != item_id):
            self._newest = (item_id, self._state.received_ms)

    def _on_audio_played(self, report: work.AudioPlayed) -> Iterator[Output]:
        self._played = report
        yield from ()

    def _on_over(self, report: ReplyOver) -> Iterator[Output]:
        response = self._response
        if response is None or response.id != report.response_id:
            return
        self._end(response, is_cut=isinstance(report, work.ReplyFailed))
        yield from response.over(report)
        yield from self._mcp.begin(response)
        yield from self.answer_what_is_due()

    def _end(self, response: Response, *, is_cut: bool) -> None:
        self._response = None
        self._next_answer.over(is_cut=is_cut)
        self.has_spoken = self.has_spoken or response.has_sound
