"""What a client's sound becomes: turns of the user, their words, and what follows from both."""

from collections.abc import Iterator

from openvoicelive.protocol import client_events as client
from openvoicelive.protocol import server_events as say
from openvoicelive.protocol import work
from openvoicelive.protocol.server_events import ErrorDetails, WarningDetails, error_event
from openvoicelive.protocol.session.answering import Answering
from openvoicelive.protocol.session.input_audio import InputAudioBuffer
from openvoicelive.protocol.session.items import InputAudioPart, MessageItem
from openvoicelive.protocol.session.state import AnswerTo, Handlers, Output, SessionState


class Hearing:
    """Turns sound into items of the conversation."""

    def __init__(self, state: SessionState, answering: Answering) -> None:
        self._state = state
        self._answering = answering
        self._input_audio = InputAudioBuffer()

    @property
    def handlers(self) -> Handlers:
        """Handlers by type of input; built anew, because a stored one would be a reference cycle."""
        return {
            client.InputAudioBufferCommit: self._on_commit,
            client.InputAudioBufferClear: self._on_clear,
            client.InputAudioTurnStart: self._on_turn_start,
            work.AudioReceived: self._on_audio_received,
            work.SpeechBegan: self._on_speech_began,
            work.SpeechEnded: self._on_speech_ended,
            work.TurnsNotDetected: self._on_turns_not_detected,
            work.LanguageNotRecognised: self._on_language_not_recognised,
            work.PartialTranscript: self._on_overheard,
            work.Transcribed: self._on_transcribed,
            work.NotTranscribed: self._on_not_transcribed,
        }

    def configure(self) -> work.ConfigureListening:
        """Return how to listen from here on, as the session's options say."""
        options = self._state.configuration
        return work.ConfigureListening(
            audio_format=self._state.input_format,
            turn_detection=options.turn_detection,
            transcription=options.input_audio_transcription,
            noise_reduction=options.input_audio_noise_reduction,
            echo_cancellation=options.input_audio_echo_cancellation,
        )

    def _on_audio_received(self, report: work.AudioReceived) -> Iterator[Output]:
        self._input_audio.received_ms = report.until_ms
        self._state.received_ms = float(report.until_ms)
        return
        yield

    def _on_turn_start(self, _: client.InputAudioTurnStart) -> Iterator[Output]:
        """Begin with what comes now: what was not committed before belongs to no turn."""
        self._input_audio.clear()
        yield work.ForgetAudio()

    def _on_commit(self, _: object) -> Iterator[Output]:
        item_id, start_ms, end_ms = self._input_audio.commit(self._state.new_id("item"))
        yield from self._commit(item_id, start_ms, end_ms, answer=False)

    def _on_clear(self, _: object) -> Iterator[Output]:
        self._input_audio.clear()
        yield work.ForgetAudio()
        yield say.InputAudioBufferCleared()

    def _on_speech_began(self, report: work.SpeechBegan) -> Iterator[Output]:
        item_id = self._state.new_id("item")
        if not self._input_audio.begin(item_id, report.heard_ms):
            return
        self._state.turn_item_id = item_id
        yield say.SpeechStarted(audio_start_ms=report.at_ms, item_id=item_id)
        detection = self._state.configuration.turn_detection
        if detection is not None and detection.interrupt_response:
            yield from self._answering.interrupt()
            if detection.auto_truncate:
                yield from self._answering.truncate(detection.appended_text_after_truncation)

    def _on_speech_ended(self, report: work.SpeechEnded) -> Iterator[Output]:
        item_id = self._input_audio.end(report.at_ms)
        if item_id is None:
            return
        yield say.SpeechStopped(audio_end_ms=report.at_ms, item_id=item_id)
        yield from self._commit(item_id, report.start_ms, report.at_ms, answer=self._answers_turns)

    def _on_turns_not_detected(self, report: work.TurnsNotDetected) -> Iterator[Output]:
        yield error_event(report.code, report.message, type="server_error")

    def _on_language_not_recognised(self, report: work.LanguageNotRecognised) -> Iterator[Output]:
        param = "session.input_audio_transcription.language"
        yield say.Warning(warning=WarningDetails(code=report.code, message=report.message, param=param))

    def _on_overheard(self, report: work.PartialTranscript) -> Iterator[Output]:
        item_id = self._input_audio.turn_item_id
        if report.transcript is None:
            yield work.DropSpeculativeReply()
        elif item_id and self._answers_turns and not self._answering.busy and not self._state.unwritten:
            yield from self._answering.draft(_user_item(item_id, report.transcript))

    @property
    def _answers_turns(self) -> bool:
        detection = self._state.configuration.turn_detection
        return detection is not None and bool(detection.create_response)

    def _commit(self, item_id: str, start_ms: int, end_ms: int, *, answer: bool) -> Iterator[Output]:
        previous_item_id = self._state.conversation.insert(_user_item(item_id, None))
        self._state.conversation.user_audio_ms += end_ms - start_ms
        self._state.unwritten[item_id] = AnswerTo.TURN if answer else AnswerTo.NOTHING
        yield say.InputAudioBufferCommitted(previous_item_id=previous_item_id, item_id=item_id)
        yield work.Transcribe(item_id, start_ms, end_ms)

    def _on_transcribed(self, report: work.Transcribed) -> Iterator[Output]:
        if report.item_id not in self._state.unwritten:
            return
        if report.transcript:
            yield say.TranscriptionDelta(item_id=report.item_id, delta=report.transcript)
        yield say.TranscriptionCompleted(item_id=report.item_id, transcript=report.transcript)
        yield from self._written_down(report.item_id, report.transcript)

    def _on_not_transcribed(self, report: work.NotTranscribed) -> Iterator[Output]:
        if report.item_id not in self._state.unwritten:
            return
        error = ErrorDetails(type="server_error", code=report.code, message=report.message)
        yield say.TranscriptionFailed(item_id=report.item_id, error=error)
        yield from self._written_down(report.item_id, None)

    def _written_down(self, item_id: str, transcript: str | None) -> Iterator[Output]:
        """Announce the user's item; answer it if that was wanted and there are words to answer."""
        conversation = self._state.conversation
        answer = self._state.unwritten.pop(item_id)
        item = conversation.write_down(item_id, transcript)
        if item_id in self._state.announced:
            self._state.announced.remove(item_id)
        elif item is not None:
            yield say.ItemCreated(previous_item_id=conversation.previous_id(item_id), item=item)
        yield from self._answering.words_are_known(answer if item and transcript else AnswerTo.NOTHING)


def _user_item(item_id: str, transcript: str | None) -> MessageItem:
    return MessageItem(id=item_id, role="user", content=(InputAudioPart(transcript=transcript),))
