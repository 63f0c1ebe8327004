import pytest

from tests.word_error import WordErrors, normalised, word_errors


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("What's the WEATHER like?", "what's the weather like"),
        ("And Mr. Dashwood, ill-disposed,", "and mister dashwood ill disposed"),
        ("Call 555-123.", "call five five five one two three"),
        ("2.30 p.m.", "two thirty pm"),
        ("Two thirty p m.", "two thirty pm"),
        ("902", "nine oh two"),
        ("21 and 10 and 40", "twenty one and ten and forty"),
        ("Oh, I see 1 oh.", "oh i see one zero"),
    ],
)
def test_spelling_is_forgiven(written: str, spoken: str) -> None:
    assert normalised(written) == normalised(spoken)


@pytest.mark.parametrize(("said", "heard"), [("going", "goin'"), ("old", "own"), ("two", "to")])
def test_another_word_is_not(said: str, heard: str) -> None:
    assert word_errors(said, heard) == WordErrors(errors=1, words=1)


@pytest.mark.parametrize(
    ("heard", "errors"),
    [("one two three", 0), ("one three", 1), ("one two two three", 1), ("", 3), ("three two one", 2)],
)
def test_errors_are_the_fewest_changes(heard: str, errors: int) -> None:
    assert word_errors("one two three", heard).errors == errors


def test_rates_of_a_set_weigh_by_words() -> None:
    total = word_errors("one", "two") + word_errors("one two three", "one two three")
    assert total == WordErrors(errors=1, words=4)
    assert total.rate == 0.25
