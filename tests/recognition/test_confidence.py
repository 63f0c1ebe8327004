import pytest

from openvoicelive.recognition.confidence import believable

SURE, DOUBTFUL, GUESSED = -0.1, -0.5, -1.2


@pytest.mark.parametrize(
    "text",
    [
        "What is the weather in Paris?",
        "No, no, no, no!",
        "Call 1-0-0-0-0-0-0-0.",
        "Ask what you can do for me, ask what you can do for you.",
    ],
)
def test_what_people_say_stays_as_it_is(text: str) -> None:
    assert believable(text, SURE, ended=True) == text


def test_a_guess_is_not_believed() -> None:
    assert believable("Where is the station?", GUESSED, ended=True) == ""


@pytest.mark.parametrize("text", ["", "...", "♪♪ ♪♪", "對對對對對"])
def test_a_text_without_english_words_is_empty(text: str) -> None:
    assert believable(text, SURE, ended=True) == ""


@pytest.mark.parametrize("text", ["You", "Thank you for watching!"])
def test_what_the_model_says_to_noise_must_be_surer_than_other_words(text: str) -> None:
    assert believable(text, DOUBTFUL, ended=True) == ""
    assert believable(text, SURE, ended=True) == text
    assert believable(f"{text} today", DOUBTFUL, ended=True) == f"{text} today"


def test_a_phrase_that_comes_five_times_is_cut_to_one() -> None:
    assert believable("I am very, very, very, very, very glad.", SURE, ended=True) == "I am very glad."
    assert believable("It is the " * 5 + "end.", SURE, ended=True) == "It is the end."


@pytest.mark.parametrize(
    "text",
    [
        "The first is the first is the first is the first is the first is the first",
        "The 2020-2020-2020-2020-2020-2020-2020-2020-2020-",
        "What is what is what is",
    ],
)
def test_a_loop_that_had_to_be_stopped_is_nothing_at_all(text: str) -> None:
    assert believable(text, SURE, ended=False) == ""


def test_words_before_a_loop_that_had_to_be_stopped_are_kept() -> None:
    text = "What is the weather in Paris? What is the weather in Paris"
    assert believable(text, SURE, ended=False) == "What is the weather in Paris"
    text = "I would like to book a table for this evening, for four people, please, please, please, please"
    assert believable(text, SURE, ended=False).endswith("for four people, please")


def test_words_that_were_only_cut_off_are_kept() -> None:
    assert believable("What's the", DOUBTFUL, ended=False) == "What's the"
