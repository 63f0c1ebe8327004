"""What a client's audio becomes: turns of the user, their transcripts, and what follows from both."""

from collections.abc import Iterator
from fractions import Fraction
from typing import assert_never

from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import server_events, work
from openvoicelive.protocol.server_events import ErrorDetails, WarningDetails, error_event
from openvoicelive.protocol.session.answering import Answering
from openvoicelive.protocol.session.input_audio import InputAudioBuffer
from openvoicelive.protocol.session.items import InputAudioPart, MessageItem
from openvoicelive.protocol.session.state import Output, SessionState

HearingInput = (
    work.HearingReport
    | client.InputAudioBufferCommit
    | client.InputAudioBufferClear
    | client.InputAudioTurnStart
)
"""The inputs that `Hearing` handles."""


class Hearing:
    """Turns audio into items of the conversation."""

    def __init__(self, state: SessionState, answering: Answering) -> None:
        self._state = state
        self._next_answer = state.next_answer
        self._answering = answering
        self._input_audio = InputAudioBuffer()
        self._configured: work.ConfigureListening | None = None

    def handle(self, input: HearingInput) -> Iterator[Output]:
        """Validate an input, and return the generator that applies it.

        Raises:
            InvalidRequest: If a client event is refused; then nothing has changed.

        """
        if isinstance(input, work.HearingReport):
            return self._on_report(input)
        match input:
            case client.InputAudioBufferCommit():
                self._input_audio.require_committable()
                return self._commit_buffer()
            case client.InputAudioBufferClear():
                return self._clear(is_announced=True)
            case client.InputAudioTurnStart():
                # The client is told only if it knows of the turn that ends here.
                return self._clear(is_announced=self._input_audio.turn_item_id is not None)
            case never:
                assert_never(never)

    def configure(self) -> Iterator[Output]:
        """Order how to listen from here on, if the session's options have changed that."""
        order = self._listening()
        if order == self._configured:
            return
        self._configured = order
        if order.turn_detection is None:
            self._next_answer.turn_dropped()
        yield order

    def _listening(self) -> work.ConfigureListening:
        options = self._state.configuration
        return work.ConfigureListening(
            audio_format=self._state.input_format,
            turn_detection=options.turn_detection,
            transcription=options.input_audio_transcription,
            noise_reduction=options.input_audio_noise_reduction,
            echo_cancellation=options.input_audio_echo_cancellation,
        )

    def _commit_buffer(self) -> Iterator[Output]:
        turn_item_id, start_ms, end_ms = self._input_audio.commit()
        item_id = turn_item_id or self._state.new_id("item")
        yield from self._commit(item_id, start_ms, end_ms, is_answered=False)

    def _clear(self, *, is_announced: bool) -> Iterator[Output]:
        self._input_audio.clear()
        self._next_answer.turn_dropped()
        yield work.ForgetAudio()
        if is_announced:
            yield server_events.InputAudioBufferCleared()
        yield from self._answering.answer_what_is_due()

    def _on_report(self, report: work.HearingReport) -> Iterator[Output]:  # noqa: PLR0911 - one for each report
        match report:
            case work.AudioReceived(until_ms):
                return self._on_audio_received(until_ms)
            case work.SpeechBegan():
                return self._on_speech_began(report)
            case work.SpeechEnded():
                return self._on_speech_ended(report)
            case work.PartialTranscript(transcript):
                return self._on_partial_transcript(transcript)
            case work.Transcribed():
                return self._on_transcribed(report)
            case work.NotTranscribed():
                return self._on_not_transcribed(report)
            case work.TurnsNotDetected():
                return self._on_turns_not_detected(report)
            case work.LanguageNotRecognised():
                return self._on_language_not_recognised(report)
            case never:
                assert_never(never)

    def _on_audio_received(self, until_ms: Fraction) -> Iterator[Output]:
        self._input_audio.received_ms = until_ms
        self._state.received_ms = float(until_ms)
        yield from ()

    def _on_speech_began(self, report: work.SpeechBegan) -> Iterator[Output]:
        if self._input_audio.is_over(report.heard_ms):
            return
        item_id = self._state.new_id("item")
        if self._input_audio.begin(item_id):
            self._state.turn_item_id = item_id
            yield server_events.SpeechStarted(audio_start_ms=report.at_ms, item_id=item_id)
        # Otherwise a turn goes on in the middle of which turn detection was off.
        detection = self._state.configuration.turn_detection
        if detection is not None and detection.interrupt_response:
            yield from self._answering.interrupt(self._input_audio.turn_item_id or item_id)
            if detection.auto_truncate:
                yield from self._answering.truncate(detection.appended_text_after_truncation)

    def _on_speech_ended(self, report: work.SpeechEnded) -> Iterator[Output]:
        item_id = self._input_audio.end(report.at_ms)
        if item_id is None:
            return
        yield server_events.SpeechStopped(audio_end_ms=report.at_ms, item_id=item_id)
        yield from self._commit(item_id, report.start_ms, report.at_ms, is_answered=self._answers_turns)

    def _on_turns_not_detected(self, report: work.TurnsNotDetected) -> Iterator[Output]:
        self._next_answer.turn_dropped()
        yield error_event(report.code, report.message, type="server_error")
        yield from self._answering.answer_what_is_due()

    def _on_language_not_recognised(self, report: work.LanguageNotRecognised) -> Iterator[Output]:
        param = "session.input_audio_transcription.language"
        yield server_events.Warning(
            warning=WarningDetails(code=report.code, message=report.message, param=param)
        )

    def _on_partial_transcript(self, transcript: str | None) -> Iterator[Output]:
        item_id = self._input_audio.turn_item_id
        if transcript is None:
            yield work.DropSpeculativeReply()
        elif item_id and self._answers_turns and self._next_answer.may_speculate:
            yield from self._answering.speculate(_user_item(item_id, transcript))

    @property
    def _answers_turns(self) -> bool:
        detection = self._state.configuration.turn_detection
        return detection is not None and bool(detection.create_response)

    def _commit(self, item_id: str, start_ms: int, end_ms: int, *, is_answered: bool) -> Iterator[Output]:
        previous_item_id = self._state.conversation.insert(_user_item(item_id, None))
        self._state.conversation.user_audio_ms += end_ms - start_ms
        self._next_answer.await_transcript(item_id, is_answered=is_answered)
        yield server_events.InputAudioBufferCommitted(previous_item_id=previous_item_id, item_id=item_id)
        yield work.Transcribe(item_id, start_ms, end_ms)

    def _on_transcribed(self, report: work.Transcribed) -> Iterator[Output]:
        if not self._next_answer.awaits_transcript(report.item_id):
            return
        if report.transcript:
            yield server_events.TranscriptionDelta(item_id=report.item_id, delta=report.transcript)
        yield server_events.TranscriptionCompleted(item_id=report.item_id, transcript=report.transcript)
        yield from self._transcript_known(report.item_id, report.transcript)

    def _on_not_transcribed(self, report: work.NotTranscribed) -> Iterator[Output]:
        if not self._next_answer.awaits_transcript(report.item_id):
            return
        error = ErrorDetails(type="server_error", code=report.code, message=report.message)
        yield server_events.TranscriptionFailed(item_id=report.item_id, error=error)
        yield from self._transcript_known(report.item_id, None)

    def _transcript_known(self, item_id: str, transcript: str | None) -> Iterator[Output]:
        """Announce the user's item; answer it if that was wanted and there are words to answer."""
        conversation = self._state.conversation
        item = conversation.set_transcript(item_id, transcript)
        known = self._next_answer.transcribed(item_id, has_words=bool(item and transcript))
        if item is not None and not known.is_announced:
            yield server_events.ItemCreated(previous_item_id=conversation.previous_id(item_id), item=item)
        yield from self._answering.transcript_known(is_overtaken=known.is_overtaken)


def _user_item(item_id: str, transcript: str | None) -> MessageItem:
    return MessageItem(id=item_id, role="user", content=(InputAudioPart(transcript=transcript),))
