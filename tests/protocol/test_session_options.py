"""Session options: what an update changes, what it leaves, what it refuses."""

from typing import Any

import pytest

from openvoicelive.protocol import work
from openvoicelive.protocol.audio_formats import AudioFormat, output_format
from openvoicelive.protocol.voices import AvatarVoiceSync, OpenAIVoice, name_of
from tests.protocol.wire import Wire, error_of


def test_an_update_changes_what_it_names_and_nothing_else() -> None:
    wire = Wire()
    before = wire.opening[0]["session"]
    wire.update(instructions="Be brief.", temperature=0.8)
    after = wire.update(metadata={"a": "b"})[0]["session"]
    assert after == {**before, "instructions": "Be brief.", "temperature": 0.8, "metadata": {"a": "b"}}


def test_null_brings_the_default_back() -> None:
    wire = Wire()
    before = wire.opening[0]["session"]
    tool = {"type": "function", "name": "f"}
    wire.update(instructions="Be brief.", tools=[tool], temperature=0.8, reasoning_effort="low")
    after = wire.update(instructions=None, tools=None, temperature=None, reasoning_effort=None)[0]["session"]
    assert after == before


def test_the_model_stays_the_one_of_the_address() -> None:
    assert Wire().update(model="another")[0]["session"]["model"] == "gpt-4o"


@pytest.mark.parametrize(
    ("voice", "echoed"),
    [
        ("alloy", {"type": "openai", "name": "alloy"}),
        ("ava", {"type": "azure-realtime-native", "name": "ava"}),
        ("en-US-AvaNeural", {"type": "azure-standard", "name": "en-US-AvaNeural", "temperature": None}),
        (
            {"type": "azure-standard", "name": "en-GB-RyanNeural", "rate": "1.2"},
            {"type": "azure-standard", "name": "en-GB-RyanNeural", "rate": "1.2", "temperature": None},
        ),
        (None, {"type": "openai", "name": "alloy"}),
        ("", {"type": "openai", "name": ""}),
    ],
)
def test_a_voice_is_shown_as_an_object(voice: Any, echoed: dict[str, str]) -> None:
    assert Wire().update(voice=voice)[0]["session"]["voice"] == echoed


def test_a_voice_has_a_name_or_the_model_that_makes_it() -> None:
    assert name_of(OpenAIVoice(name="alloy")) == "alloy"
    assert name_of(AvatarVoiceSync(model="m")) == "m"


def test_the_voice_cannot_change_once_it_was_heard() -> None:
    wire = Wire()
    wire.answer(wire.create_response(), "Hello.")
    wire.say({"type": "response.cancel"})
    error = error_of(wire.update(voice="echo", instructions="never"))
    assert (error["code"], error["param"]) == ("cannot_update_voice", "session.voice")
    same = wire.update(voice="alloy")[0]["session"]
    assert (same["voice"]["name"], same["instructions"]) == ("alloy", "Be kind.")


def test_the_voice_may_change_after_an_answer_that_was_only_written() -> None:
    wire = Wire()
    response_id = wire.create_response(modalities=["text"])
    wire.report(work.Wrote(response_id, "Hello."))
    wire.report(work.ReplyEnded(response_id))
    assert wire.update(voice="echo")[0]["session"]["voice"]["name"] == "echo"


@pytest.mark.parametrize(("api_version", "padding_ms"), [("2025-10-01", 300), ("2026-04-10", 400)])
def test_padding_depends_on_the_version_of_the_api(api_version: str, padding_ms: int) -> None:
    session = Wire(api_version=api_version).opening[0]["session"]
    assert session["turn_detection"]["prefix_padding_ms"] == padding_ms


def test_semantic_detection_pads_more_and_has_its_own_defaults() -> None:
    detection = Wire().update(turn_detection={"type": "azure_semantic_vad"})[0]["session"]["turn_detection"]
    assert (detection["prefix_padding_ms"], detection["remove_filler_words"]) == (420, False)


@pytest.mark.parametrize(
    ("field", "value"), [("threshold", 1.5), ("silence_duration_ms", -1), ("prefix_padding_ms", 99_999)]
)
def test_numbers_of_turn_detection_have_a_range(field: str, value: float) -> None:
    error = error_of(Wire().update(turn_detection={"type": "server_vad", field: value}))
    assert (error["code"], error["param"]) == ("invalid_value", f"session.turn_detection.{field}")


def test_a_session_may_be_sent_back_as_it_was_shown() -> None:
    wire = Wire(greeting="Hello.")
    wire.answer(wire.update(voice="en-US-AvaNeural")[1]["response"]["id"], "Hello.")
    shown = wire.update(
        tools=[{"type": "function", "name": "f"}],
        tool_choice={"type": "function", "name": "f"},
        turn_detection={"type": "azure_semantic_vad"},
        input_audio_transcription={"model": "azure-speech", "language": "it"},
        input_audio_echo_cancellation={},
        interim_response={"type": "llm_interim_response"},
        metadata={"a": "b"},
        temperature=0.7,
    )[0]["session"]
    assert {"id", "object", "expires_at", "greeting", "handoff", "truncation_strategy"} <= shown.keys()
    assert wire.update(**shown)[0]["session"] == shown


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("id", "sess_2"), ("object", "session"), ("expires_at", 0), ("truncation_strategy", "auto")),
        *(("greeting", "Hi."), ("handoff", {}), ("agent", {"name": "x"})),
    ],
)
def test_what_a_client_cannot_set_is_refused_rather_than_forgotten(field: str, value: Any) -> None:
    wire = Wire()
    error = error_of(wire.update(instructions="never", **{field: value}))
    assert (error["code"], error["param"]) == ("invalid_value", f"session.{field}")
    assert wire.update()[0]["session"] == wire.opening[0]["session"]


def test_the_temperature_of_a_voice_has_a_range() -> None:
    voice = {"type": "azure-standard", "name": "en-US-AvaNeural", "temperature": 1.0}
    assert Wire().update(voice=voice)[0]["session"]["voice"] == voice
    wire = Wire()
    error = error_of(wire.update(voice=voice | {"temperature": 2}))
    assert (error["code"], error["param"]) == ("invalid_value", "session.voice.temperature")
    answer = {"type": "response.create", "response": {"voice": voice | {"temperature": -0.1}}}
    assert error_of(wire.say(answer))["param"] == "response.voice.temperature"


@pytest.mark.parametrize("metadata", [{"a": "b", "c": 5}, {"a": "x" * 513}, {"k" * 65: "a"}, {"a": None}])
def test_metadata_that_is_refused_is_named_without_the_decoders_own_signs(metadata: Any) -> None:
    error = error_of(Wire().update(metadata=metadata))
    assert (error["code"], error["param"]) == ("invalid_value", "session.metadata")


def test_turn_detection_of_the_type_none_is_none() -> None:
    wire = Wire()
    assert wire.update(turn_detection={"type": "none"})[0]["session"]["turn_detection"] is None
    assert wire.ordered(work.ConfigureListening)[-1].turn_detection is None


def test_the_other_name_of_multilingual_detection_is_understood() -> None:
    asked = {"type": "azure_multilingual_semantic_vad", "silence_duration_ms": 300, "languages": ["it"]}
    detection = Wire().update(turn_detection=asked)[0]["session"]["turn_detection"]
    same = Wire().update(turn_detection=asked | {"type": "azure_semantic_vad_multilingual"})
    assert detection == same[0]["session"]["turn_detection"]
    assert (detection["silence_duration_ms"], detection["languages"]) == (300, ["it"])
    wrong = error_of(Wire().update(turn_detection=asked | {"threshold": 2}))
    assert wrong["param"] == "session.turn_detection.threshold"


@pytest.mark.parametrize(
    ("older", "name", "rate_hz"),
    [("pcm16-8000hz", "pcm16_8000hz", 8_000), ("pcm16-16000hz", "pcm16_16000hz", 16_000)],
)
def test_output_formats_may_be_spelt_with_a_hyphen(older: str, name: str, rate_hz: int) -> None:
    wire = Wire()
    assert wire.update(output_audio_format=older)[0]["session"]["output_audio_format"] == name
    wire = Wire()
    created = wire.say({"type": "response.create", "response": {"output_audio_format": older}})[0]
    assert created["response"]["output_audio_format"] == name
    assert wire.ordered(work.Reply)[0].request.audio_format == AudioFormat("pcm16", rate_hz)


def test_milliseconds_come_back_as_the_whole_numbers_that_were_sent() -> None:
    end = {"model": "semantic_detection_v1", "timeout_ms": 700}
    sent = {
        "type": "azure_semantic_vad",
        "prefix_padding_ms": 100,
        "silence_duration_ms": 200,
        "speech_duration_ms": 300,
        "speech_duration_assistant_speaking_ms": 400,
        "idle_timeout_ms": 500,
        "end_of_utterance_detection": end,
    }
    interim = {"type": "llm_interim_response", "latency_threshold_ms": 600}
    session = Wire().update(turn_detection=sent, interim_response=interim)[0]["session"]
    echoed = session["turn_detection"] | session["turn_detection"]["end_of_utterance_detection"]
    times = {name: value for name, value in echoed.items() if name.endswith("_ms")}
    times |= {"latency_threshold_ms": session["interim_response"]["latency_threshold_ms"]}
    assert {type(value) for value in times.values()} == {int}
    assert sorted(times.values()) == [100, 200, 300, 400, 500, 600, 700]


def test_answers_are_written_only_when_the_session_wants_text() -> None:
    wire = Wire()
    wire.update(modalities=["text"])
    wire.create_response()
    assert not wire.ordered(work.Reply)[-1].request.speaks


def test_sound_alone_is_no_answer() -> None:
    assert error_of(Wire().update(modalities=["audio"]))["param"] == "session.modalities"


@pytest.mark.parametrize(
    ("session", "rate_hz"),
    [
        ({"input_audio_sampling_rate": 16_000}, 16_000),
        ({"input_audio_format": "pcm16", "input_audio_sampling_rate": 44_100}, 44_100),
        ({"input_audio_format": "g711_ulaw"}, 8_000),
        ({"input_audio_format": "g711_alaw", "input_audio_sampling_rate": 24_000}, 8_000),
        ({"input_audio_sampling_rate": None}, 24_000),
        ({"input_audio_format": None}, 24_000),
    ],
)
def test_the_sampling_rate_goes_with_the_format(session: dict[str, Any], rate_hz: int) -> None:
    wire = Wire()
    assert wire.update(**session)[0]["session"]["input_audio_sampling_rate"] == rate_hz
    assert wire.ordered(work.ConfigureListening)[-1].audio_format.rate_hz == rate_hz


def test_a_rate_stays_when_only_the_format_is_named_again_and_goes_with_another_format() -> None:
    wire = Wire()
    wire.update(input_audio_sampling_rate=16_000)
    assert wire.update(input_audio_format="pcm16")[0]["session"]["input_audio_sampling_rate"] == 16_000
    wire.update(input_audio_format="g711_ulaw")
    assert wire.update(input_audio_format="pcm16")[0]["session"]["input_audio_sampling_rate"] == 24_000


def test_a_rate_outside_of_the_range_is_refused() -> None:
    error = error_of(Wire().update(input_audio_sampling_rate=4_000))
    assert error["param"] == "session.input_audio_sampling_rate"


@pytest.mark.parametrize(
    ("name", "audio_format"),
    [
        (None, AudioFormat("pcm16", 24_000)),
        ("pcm16", AudioFormat("pcm16", 24_000)),
        ("pcm16_16000hz", AudioFormat("pcm16", 16_000)),
        ("g711_alaw", AudioFormat("g711_alaw", 8_000)),
    ],
)
def test_the_names_of_output_formats(name: Any, audio_format: AudioFormat) -> None:
    assert output_format(name) == audio_format


def test_bytes_last_as_long_as_the_format_says() -> None:
    assert AudioFormat("pcm16", 24_000).duration_ms(4_800) == 100
    assert AudioFormat("g711_ulaw", 8_000).duration_ms(800) == 100


def test_listening_is_configured_anew_only_when_it_changes() -> None:
    wire = Wire()
    wire.update(instructions="Be brief.")
    assert len(wire.ordered(work.ConfigureListening)) == 1
    wire.update(input_audio_transcription={"model": "azure-speech", "language": "it-IT"})
    assert wire.ordered(work.ConfigureListening)[-1].transcription.language == "it-IT"


@pytest.mark.parametrize(
    ("session", "language"),
    [
        ({"voice": "it-IT-ElsaNeural"}, "it-IT"),
        ({"voice": {"type": "azure-standard", "name": "x-Y", "locale": "es-ES"}}, "es-ES"),
        ({"input_audio_transcription": {"model": "azure-speech", "language": "pt-BR"}}, "pt-BR"),
        ({"input_audio_transcription": {"model": "azure-speech"}}, None),
    ],
)
def test_the_language_is_what_is_listened_for_or_the_voices(
    session: dict[str, Any], language: str | None
) -> None:
    wire = Wire()
    wire.update(**session)
    wire.create_response()
    assert wire.ordered(work.Reply)[-1].request.language == language


def test_options_of_one_answer_are_laid_over_those_of_the_session() -> None:
    wire = Wire()
    wire.update(temperature=0.7, max_response_output_tokens=100, tools=[{"type": "function", "name": "f"}])
    created = wire.say(
        {
            "type": "response.create",
            "response": {
                "instructions": "Sing.",
                "voice": "echo",
                "output_audio_format": "g711_ulaw",
                "tools": [],
                "temperature": 0.5,
                "max_response_output_tokens": 50,
                "metadata": {"topic": "song"},
            },
        }
    )[0]["response"]
    request = wire.ordered(work.Reply)[-1].request
    assert (request.instructions, request.tools, request.max_tokens) == ("Sing.", (), 50)
    assert created["metadata"] == {"topic": "song"}
    assert (created["voice"]["name"], created["output_audio_format"]) == ("echo", "g711_ulaw")
    assert created["temperature"] == 0.5


def test_a_native_models_clients_get_what_its_recordings_show() -> None:
    wire = Wire(model="gpt-realtime")
    events = wire.speak("Hello.")
    assert "conversation.item.input_audio_transcription.delta" in [event["type"] for event in events]
    added = wire.answer(wire.ordered(work.Reply)[-1].response_id, "Hi.")[0]
    assert added["item"]["status"] == "in_progress"


def test_a_cascaded_models_clients_get_what_their_tests_assert() -> None:
    wire = Wire(model="gpt-4o")
    added = wire.answer(wire.create_response(), "Hi.")[0]
    assert added["item"]["status"] == "incomplete"


def test_the_function_that_must_be_called_is_shown_as_the_contract_writes_it() -> None:
    wire = Wire()
    shown = wire.update(tool_choice={"type": "function", "function": {"name": "f"}})[0]["session"][
        "tool_choice"
    ]
    assert shown == {"type": "function", "name": "f"}
    error = wire.update(tool_choice={"type": "function"})[0]["error"]
    assert (error["code"], error["param"]) == ("missing_required_parameter", "session.tool_choice.name")


def test_an_unknown_thing_to_include_is_refused() -> None:
    assert Wire().update(include=["everything"])[0]["error"]["code"] == "invalid_value"


def test_the_type_of_an_interim_response_is_shown_as_the_sdk_reads_it() -> None:
    asked = {"type": "static-interim-response", "texts": ["One moment."]}
    shown = Wire().update(interim_response=asked)[0]["session"]["interim_response"]
    assert shown == {"type": "static_interim_response", "texts": ["One moment."]}
