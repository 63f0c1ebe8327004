import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.turns.word_rules import only_fillers

DOCUMENTED = ["ah", "umm", "mm", "uh", "huh", "oh", "yeah", "hmm"]


@pytest.mark.parametrize("word", DOCUMENTED)
def test_the_documented_fillers_are_removed(word: str) -> None:
    assert only_fillers(word)
    assert only_fillers(f"{word.capitalize()}, {word}...", ["en-US"])


@pytest.mark.parametrize("text", ["Uh-huh.", "Mm-hmm", "Ummmmm,,", "Um. Uh, er.", "", "..."])
def test_sounds_without_words_are_only_fillers(text: str) -> None:
    assert only_fillers(text)


@pytest.mark.parametrize("text", ["Um, what time is it?", "Oh no.", "Yes.", "5", "Uh, 2.", "p.m.", "I'm"])
def test_words_among_fillers_count(text: str) -> None:
    assert not only_fillers(text)


def test_a_filler_of_one_language_may_be_a_word_in_another() -> None:
    assert only_fillers("Beh, mah", ["it"])
    assert not only_fillers("yeah", ["it"])
    assert only_fillers("yeah", ["it", "en"])
    assert only_fillers("um", ["ja"])
    assert only_fillers("um", ["it"])
    assert not only_fillers("um", ["pt-BR"])


@given(st.lists(st.sampled_from([*DOCUMENTED, "um", "er", "Uhm"]), max_size=6), st.integers(1, 4))
def test_any_number_of_fillers_however_long_is_nothing(words: list[str], length: int) -> None:
    text = ", ".join(word + word[-1] * length for word in words)
    assert only_fillers(text)
    assert not only_fillers(text + " stop")
