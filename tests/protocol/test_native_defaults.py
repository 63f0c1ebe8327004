"""What a session of gpt-realtime shows before its client has said anything, as recorded."""

import pytest

from openvoicelive.protocol import work
from tests.protocol.wire import Wire, error_of


@pytest.mark.parametrize("api_version", ["2025-10-01", "2026-07-15"])
def test_a_native_speech_models_session_begins_with_the_recorded_defaults(api_version: str) -> None:
    session = Wire(model="gpt-realtime", api_version=api_version).opening[0]["session"]
    assert session["modalities"] == ["audio"]
    assert session["output_audio_format"] is None
    detection = session["turn_detection"]
    assert (detection["type"], detection["threshold"]) == ("server_vad", 0.5)
    assert (detection["prefix_padding_ms"], detection["silence_duration_ms"]) == (300, 200)


def test_an_update_that_names_turn_detection_has_the_versions_defaults_as_recorded() -> None:
    wire = Wire(model="gpt-realtime")
    assert wire.ordered(work.ConfigureListening)[-1].turn_detection.silence_duration_ms == 200
    session = wire.update(turn_detection={"type": "server_vad"}, modalities=["text", "audio"])[0]["session"]
    detection = session["turn_detection"]
    assert (detection["prefix_padding_ms"], detection["silence_duration_ms"]) == (400, 500)
    assert session["modalities"] == ["text", "audio"]
    # What it did not name stays as it was.
    assert session["output_audio_format"] is None


def test_a_cascaded_models_session_keeps_the_documented_defaults() -> None:
    session = Wire(model="gpt-4o").opening[0]["session"]
    assert (session["modalities"], session["output_audio_format"]) == (["text", "audio"], "pcm16")
    detection = session["turn_detection"]
    assert (detection["prefix_padding_ms"], detection["silence_duration_ms"]) == (400, 500)


def test_a_session_that_shows_no_output_format_speaks_in_pcm16() -> None:
    wire = Wire(model="gpt-realtime")
    created = wire.say({"type": "response.create"})[0]["response"]
    assert (created["modalities"], created["output_audio_format"]) == (["audio"], "pcm16")
    request = wire.ordered(work.Reply)[-1].request
    assert request.speaks
    assert request.audio_format.rate_hz == 24_000


def test_a_native_speech_models_session_may_be_sent_back_as_it_was_shown() -> None:
    wire = Wire(model="gpt-realtime")
    shown = wire.opening[0]["session"]
    again = wire.update(**shown)[0]["session"]
    # Null means the default, which an update writes out.
    assert again == {**shown, "output_audio_format": "pcm16"}


def test_only_native_speech_models_answer_without_text() -> None:
    assert Wire(model="gpt-realtime").update(modalities=["audio"])[0]["session"]["modalities"] == ["audio"]
    for model, modalities in (("gpt-4o", ["audio"]), ("gpt-realtime", ["animation"])):
        error = error_of(Wire(model=model).update(modalities=modalities))
        assert (error["code"], error["param"]) == ("invalid_value", "session.modalities")
