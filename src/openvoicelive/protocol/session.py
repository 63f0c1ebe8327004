"""A session: client events and reports in, server events and orders out, in the order they must happen.

Nothing here waits, sends or knows the time. The conductor gives each input to `Session.receive` and performs
each output before the next; so a recorded list of inputs replays the session exactly.
"""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Literal

import msgspec

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import configuration, response_options, work
from openvoicelive.protocol import server_events as say
from openvoicelive.protocol.audio_formats import AudioFormat, input_format
from openvoicelive.protocol.client_events import ClientEvent, ResponseOptions
from openvoicelive.protocol.codec import MAX_APPEND_BYTES
from openvoicelive.protocol.configuration import SessionConfiguration
from openvoicelive.protocol.conversation import Conversation
from openvoicelive.protocol.ids import NewId
from openvoicelive.protocol.input_audio import InputAudioBuffer
from openvoicelive.protocol.items import InputAudioPart, MessageItem
from openvoicelive.protocol.response import Response
from openvoicelive.protocol.server_events import ErrorDetails, ServerEvent, error_event
from openvoicelive.protocol.work import Order, Report

Input = ClientEvent | Report | InvalidRequest
Output = ServerEvent | Order


_REPLY_HANDLERS: dict[type, Callable[[Response, Any], Iterator[ServerEvent]]] = {
    work.Wrote: Response.wrote,
    work.Spoke: Response.spoke,
    work.ToolCallBegan: Response.call_began,
    work.ToolCallArguments: Response.call_arguments,
    work.ReplyEnded: Response.ended,
    work.ReplyFailed: Response.failed,
}


class Session:
    """The state of one connection."""

    def __init__(self, configuration: SessionConfiguration, *, api_version: str, new_id: NewId) -> None:
        self._configuration = configuration
        self._api_version = api_version
        self._new_id = new_id
        self._conversation_id = new_id("conv")
        self._conversation = Conversation()
        self._input_audio = InputAudioBuffer(self._input_format)
        self._response: Response | None = None
        self._has_spoken = False
        # Items of the user whose words are not known yet, and whether an answer follows when they are.
        self._unwritten: dict[str, bool] = {}
        self._answer_wanted = False

    def start(self) -> Iterator[Output]:
        """Say hello; to be called once, before anything is received."""
        yield self._stamped(say.SessionCreated(session=self._configuration))
        yield self._listening()

    def receive(self, input: Input) -> Iterator[Output]:
        """Take one input, yield what follows from it. A refused client event changes nothing."""
        try:
            for output in self._HANDLERS[type(input)](self, input):
                yield self._stamped(output)
        except InvalidRequest as error:
            event_id = getattr(input, "event_id", None)
            yield self._stamped(error_event(error.code, str(error), param=error.param, event_id=event_id))

    def _stamped(self, output: Output) -> Output:
        if isinstance(output, ServerEvent):
            output.event_id = self._new_id("event")
        return output

    # --- session ---

    def _on_session_update(self, event: client.SessionUpdate) -> Iterator[Output]:
        before = self._configuration
        self._configuration = configuration.merge(
            before, event.session, api_version=self._api_version, has_spoken=self._has_spoken
        )
        self._input_audio.change_format(self._input_format)
        if self._listening_of(before) != self._listening():
            yield self._listening()
        yield say.SessionUpdated(session=self._configuration)

    def _on_refused(self, error: InvalidRequest) -> Iterator[Output]:
        raise error
        yield

    def _on_expired(self, _: work.SessionExpired) -> Iterator[Output]:
        yield error_event("session_expired", "The session has reached its time limit.", type="server_error")
        yield work.Close(1001, "session_expired")

    @property
    def _input_format(self) -> AudioFormat:
        return input_format(
            self._configuration.input_audio_format, self._configuration.input_audio_sampling_rate
        )

    def _listening(self) -> work.ConfigureListening:
        return self._listening_of(self._configuration)

    @staticmethod
    def _listening_of(options: SessionConfiguration) -> work.ConfigureListening:
        return work.ConfigureListening(
            audio_format=input_format(options.input_audio_format, options.input_audio_sampling_rate),
            turn_detection=options.turn_detection,
            transcription=options.input_audio_transcription,
        )

    # --- sound in ---

    def _on_append(self, event: client.InputAudioBufferAppend) -> Iterator[Output]:
        if len(event.audio) > MAX_APPEND_BYTES:
            raise InvalidRequest("invalid_value", "audio must not exceed 15 MiB.", param="audio")
        self._input_audio.append(len(event.audio))
        yield work.Listen(event.audio)

    def _on_commit(self, _: client.InputAudioBufferCommit) -> Iterator[Output]:
        item_id, start_ms, end_ms = self._input_audio.commit(self._new_id("item"))
        yield from self._commit(item_id, start_ms, end_ms, answer=False)

    def _on_clear(self, _: client.InputAudioBufferClear) -> Iterator[Output]:
        self._input_audio.clear()
        yield work.ForgetAudio()
        yield say.InputAudioBufferCleared()

    def _on_speech_began(self, report: work.SpeechBegan) -> Iterator[Output]:
        item_id = self._new_id("item")
        if not self._input_audio.begin(item_id, report.heard_ms):
            return
        yield say.SpeechStarted(audio_start_ms=report.at_ms, item_id=item_id)
        detection = self._configuration.turn_detection
        if detection is not None and detection.interrupt_response:
            self._answer_wanted = False
            yield from self._cancel("turn_detected")

    def _on_speech_ended(self, report: work.SpeechEnded) -> Iterator[Output]:
        item_id = self._input_audio.end(report.at_ms)
        if item_id is None:
            return
        detection = self._configuration.turn_detection
        answer = detection is not None and bool(detection.create_response)
        yield say.SpeechStopped(audio_end_ms=report.at_ms, item_id=item_id)
        yield from self._commit(item_id, report.start_ms, report.at_ms, answer=answer)

    def _on_turns_not_detected(self, report: work.TurnsNotDetected) -> Iterator[Output]:
        yield error_event(report.code, report.message, type="server_error")

    def _on_overheard(self, report: work.Overheard) -> Iterator[Output]:
        detection = self._configuration.turn_detection
        item_id = self._input_audio.turn_item_id
        busy = self._response is not None or self._unwritten
        if report.transcript is None:
            yield work.DropDraft()
            return
        if item_id is None or detection is None or not detection.create_response or busy:
            return
        guess = self._user_item(item_id, report.transcript)
        options = response_options.effective(self._configuration, ResponseOptions(), None)
        yield work.Draft(options.request((*self._conversation, guess)))

    def _commit(self, item_id: str, start_ms: int, end_ms: int, *, answer: bool) -> Iterator[Output]:
        previous_item_id = self._conversation.insert(self._user_item(item_id, None))
        self._conversation.user_audio_ms += end_ms - start_ms
        self._unwritten[item_id] = answer
        yield say.InputAudioBufferCommitted(previous_item_id=previous_item_id, item_id=item_id)
        yield work.Transcribe(item_id, start_ms, end_ms)

    def _on_transcribed(self, report: work.Transcribed) -> Iterator[Output]:
        if report.item_id not in self._unwritten:
            return
        if self._configuration.native_speech and report.transcript:
            yield say.TranscriptionDelta(item_id=report.item_id, delta=report.transcript)
        yield say.TranscriptionCompleted(item_id=report.item_id, transcript=report.transcript)
        yield from self._written_down(report.item_id, report.transcript)

    def _on_not_transcribed(self, report: work.NotTranscribed) -> Iterator[Output]:
        if report.item_id not in self._unwritten:
            return
        error = ErrorDetails(type="server_error", code=report.code, message=report.message)
        yield say.TranscriptionFailed(item_id=report.item_id, error=error)
        yield from self._written_down(report.item_id, None)

    def _written_down(self, item_id: str, transcript: str | None) -> Iterator[Output]:
        """Announce the user's item; answer it if that was wanted and there are words to answer."""
        answer = self._unwritten.pop(item_id, False)
        item = self._conversation.write_down(item_id, transcript)
        if item is not None:
            yield say.ItemCreated(previous_item_id=self._conversation.previous_id(item_id), item=item)
        self._answer_wanted = self._answer_wanted or bool(answer and item is not None and transcript)
        if self._response is not None and self._response.request is None:
            yield from self._begin_work(self._response)
        yield from self._answer_if_wanted()

    @staticmethod
    def _user_item(item_id: str, transcript: str | None) -> MessageItem:
        return MessageItem(id=item_id, role="user", content=(InputAudioPart(transcript=transcript),))

    # --- conversation ---

    def _on_item_create(self, event: client.ConversationItemCreate) -> Iterator[Output]:
        self._conversation.require_room()
        item = event.item if event.item.id else msgspec.structs.replace(event.item, id=self._new_id("item"))
        previous_item_id = self._conversation.insert(item, event.previous_item_id)
        yield say.ItemCreated(previous_item_id=previous_item_id, item=item)

    def _on_item_retrieve(self, event: client.ConversationItemRetrieve) -> Iterator[Output]:
        yield say.ItemRetrieved(item=self._conversation.retrieve(event.item_id))

    def _on_item_delete(self, event: client.ConversationItemDelete) -> Iterator[Output]:
        self._conversation.delete(event.item_id)
        yield say.ItemDeleted(item_id=event.item_id)

    def _on_item_truncate(self, event: client.ConversationItemTruncate) -> Iterator[Output]:
        for param in ("audio_end_ms", "content_index"):
            if getattr(event, param) < 0:
                raise InvalidRequest("integer_below_min_value", f"{param} must not be below 0.", param=param)
        self._conversation.truncate(event.item_id, event.content_index, event.audio_end_ms)
        yield say.ItemTruncated(
            item_id=event.item_id, content_index=event.content_index, audio_end_ms=event.audio_end_ms
        )

    # --- responses ---

    def _on_response_create(self, event: client.ResponseCreate) -> Iterator[Output]:
        asked = event.response or ResponseOptions()
        options = response_options.effective(self._configuration, asked, event.additional_instructions)
        if self._response is not None:
            if asked.cancel_previous is not True:
                raise InvalidRequest(
                    "conversation_already_has_active_response",
                    f"Conversation already has an active response in progress: {self._response.id}. "
                    "Wait until the response is finished before creating a new one.",
                )
            yield from self._cancel("client_cancelled")
        yield from self._create_response(options)

    def _on_response_cancel(self, event: client.ResponseCancel) -> Iterator[Output]:
        if self._response is None or event.response_id not in {None, self._response.id}:
            raise InvalidRequest(
                "response_cancel_not_active", "Cancellation failed: no active response found"
            )
        yield from self._cancel("client_cancelled")
        yield from self._answer_if_wanted()

    def _create_response(self, options: response_options.EffectiveOptions) -> Iterator[Output]:
        self._answer_wanted = False
        self._response = Response(
            response_id=self._new_id("resp"),
            conversation_id=self._conversation_id,
            options=options,
            configuration=self._configuration,
            conversation=self._conversation,
            new_id=self._new_id,
        )
        yield self._response.created()
        yield from self._begin_work(self._response)

    def _begin_work(self, response: Response) -> Iterator[Output]:
        """Order the reply, unless the user has just spoken and the words are not known yet."""
        if not self._unwritten:
            response.request = response.options.request(tuple(self._conversation))
            yield work.Reply(response.id, response.request)

    def _answer_if_wanted(self) -> Iterator[Output]:
        if self._answer_wanted and self._response is None and not self._unwritten:
            options = response_options.effective(self._configuration, ResponseOptions(), None)
            yield from self._create_response(options)

    def _cancel(self, reason: Literal["turn_detected", "client_cancelled"]) -> Iterator[Output]:
        response, self._response = self._response, None
        if response is None:
            return
        self._has_spoken = self._has_spoken or response.has_sound
        yield work.StopReply(response.id)
        yield from response.cancel(reason)

    def _on_reply_report(self, report: Any) -> Iterator[Output]:
        if self._response is not None and self._response.id == report.response_id:
            yield from _REPLY_HANDLERS[type(report)](self._response, report)

    def _on_reply_over(self, report: work.ReplyEnded | work.ReplyFailed) -> Iterator[Output]:
        response = self._response
        if response is None or response.id != report.response_id:
            return
        self._has_spoken = self._has_spoken or response.has_sound
        self._response = None
        yield from _REPLY_HANDLERS[type(report)](response, report)
        yield from self._answer_if_wanted()

    _HANDLERS: ClassVar[dict[type, Callable[["Session", Any], Iterator[Output]]]] = {
        client.SessionUpdate: _on_session_update,
        client.InputAudioBufferAppend: _on_append,
        client.InputAudioBufferCommit: _on_commit,
        client.InputAudioBufferClear: _on_clear,
        client.ConversationItemCreate: _on_item_create,
        client.ConversationItemRetrieve: _on_item_retrieve,
        client.ConversationItemDelete: _on_item_delete,
        client.ConversationItemTruncate: _on_item_truncate,
        client.ResponseCreate: _on_response_create,
        client.ResponseCancel: _on_response_cancel,
        InvalidRequest: _on_refused,
        work.SpeechBegan: _on_speech_began,
        work.SpeechEnded: _on_speech_ended,
        work.Overheard: _on_overheard,
        work.Transcribed: _on_transcribed,
        work.NotTranscribed: _on_not_transcribed,
        work.TurnsNotDetected: _on_turns_not_detected,
        work.Wrote: _on_reply_report,
        work.Spoke: _on_reply_report,
        work.ToolCallBegan: _on_reply_report,
        work.ToolCallArguments: _on_reply_report,
        work.ReplyEnded: _on_reply_over,
        work.ReplyFailed: _on_reply_over,
        work.SessionExpired: _on_expired,
    }
