"""How much silence ends a turn, and what begins one, by the options of a client."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.audio.turns import TurnOptions
from openvoicelive.protocol.turn_detection import TurnDetection
from openvoicelive.turns.policy import TurnPolicy

FINISHED, UNFINISHED = "Book a room.", "Book a room in the"
LEVELS = st.sampled_from(["low", "medium", "high", "default"])


def policy(kind: str, *, language: str = "en", **options: Any) -> TurnPolicy:
    detection: Any = msgspec.convert({"type": kind, **options}, TurnDetection)
    return TurnPolicy(detection, language)


def end_of_utterance(level: str = "default", **options: Any) -> dict[str, Any]:
    return {"model": "semantic_detection_v1", "threshold_level": level, **options}


@pytest.mark.parametrize(
    ("kind", "options", "finished_ms", "unfinished_ms"),
    [
        ("server_vad", {"silence_duration_ms": 700}, 0, 0),
        ("azure_semantic_vad", {"silence_duration_ms": 300}, 300, 1_200),
        ("server_vad", {"end_of_utterance_detection": end_of_utterance()}, 500, 1_400),
        ("server_vad", {"end_of_utterance_detection": end_of_utterance("low")}, 500, 1_333),
        ("server_vad", {"end_of_utterance_detection": end_of_utterance(timeout_ms=100)}, 500, 590),
        ("server_vad", {"end_of_utterance_detection": end_of_utterance(timeout_ms=60_000)}, 500, 9_500),
        ("semantic_vad", {"eagerness": "high"}, 288, 929),
        ("semantic_vad", {"eagerness": "low"}, 640, 3_664),
        ("semantic_vad", {}, 352, 1_835),
        ("semantic_vad", {"eagerness": "high", "silence_duration_ms": 1_500}, 1_500, 1_500),
    ],
)
def test_the_silence_grows_with_the_doubt_that_the_words_are_a_whole_sentence(
    kind: str, options: dict[str, Any], finished_ms: int, unfinished_ms: int
) -> None:
    judged = policy(kind, **options)
    assert judged.silence_ms(FINISHED) == judged.silence_ms(None) == finished_ms
    assert judged.silence_ms(UNFINISHED) == unfinished_ms


def test_english_options_judge_english_words_whatever_the_session_speaks() -> None:
    assert policy("azure_semantic_vad", language="it").silence_ms("Vorrei una camera per") > 500
    assert policy("azure_semantic_vad_en", language="it").silence_ms("The light is on the") > 500
    english = {"model": "semantic_detection_v1_en"}
    judged = policy("server_vad", language="it", end_of_utterance_detection=english)
    assert judged.silence_ms("Book a room in the") > 500


@given(st.text(max_size=60), LEVELS, st.integers(0, 2_000), st.integers(0, 20_000))
def test_a_turn_waits_for_the_clients_silence_at_least_and_ten_seconds_more_at_most(
    text: str, level: str, silence_ms: int, timeout_ms: int
) -> None:
    judged = policy(
        "azure_semantic_vad",
        silence_duration_ms=silence_ms,
        end_of_utterance_detection=end_of_utterance(level, timeout_ms=timeout_ms),
    )
    longest_ms = judged.options.longest_silence_ms
    assert longest_ms is not None
    assert silence_ms <= judged.silence_ms(text) <= longest_ms <= silence_ms + 10_000


@pytest.mark.parametrize(
    ("kind", "options", "begins", "begins_none"),
    [
        ("server_vad", {}, (), ()),
        ("azure_semantic_vad", {"remove_filler_words": True}, ("Stop.",), ("Um.", "Beh", "")),
        ("azure_semantic_vad", {"remove_filler_words": True, "languages": ["en"]}, ("Beh",), ("Um",)),
        ("azure_semantic_vad_en", {"remove_filler_words": True}, ("Beh",), ("Yeah",)),
    ],
)
def test_filler_words_begin_no_turn_if_the_client_wants_it(
    kind: str,
    options: dict[str, Any],
    begins: tuple[str, ...],
    begins_none: tuple[str, ...],
) -> None:
    judged = policy(kind, **options)
    assert judged.holds_back == (kind != "server_vad")
    assert all(map(judged.has_words, begins))
    assert not any(map(judged.has_words, begins_none))
    assert judged.has_words(None)


def test_the_detector_gets_the_figures_of_the_client_and_defaults_for_the_others() -> None:
    options: dict[str, Any] = {"threshold": 0.7, "neg_threshold": 0.3, "prefix_padding_ms": 120}
    assert policy("server_vad", **options).options == TurnOptions(
        threshold=0.7, lowest_threshold=0.3, prefix_padding_ms=120
    )
    assert policy("server_vad").options == TurnOptions()


def test_more_speech_may_be_needed_while_the_assistant_speaks() -> None:
    options: dict[str, Any] = {"speech_duration_ms": 100, "speech_duration_assistant_speaking_ms": 300}
    judged = policy("azure_semantic_vad", **options)
    assert judged.options.speech_duration_ms == 100
    assert judged.options_under_answer.speech_duration_ms == 300
    assert policy("server_vad").options_under_answer == TurnOptions()
