# ruff: noqa: RUF001 - the punctuation of Chinese is meant
"""An answer is cut where a person would breathe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.synthesis.sentences import LONGEST_PIECE_CHARACTERS, Piece, SentenceCutter


def cut(*deltas: str, language: str | None = None) -> list[Piece]:
    cutter = SentenceCutter(language)
    pieces = [piece for delta in deltas for piece in cutter.feed(delta)]
    return [*pieces, *cutter.flush()]


def texts(*deltas: str) -> list[str]:
    return [piece.text for piece in cut(*deltas)]


@pytest.mark.parametrize(
    "pieces",
    [
        ["The lake is large.", " It lies in Asia!", " Does it?", " Yes."],
        ["Hello there,", " nice to meet you, my friend."],
        ["I will get the weather", " and then I will tell you, of course."],
        ["Mr. Smith and Dr. Jones paid 3.14 dollars.", " They left."],
        ["It works e.g. with tea.", " The U.S. Navy said so.", " J. R. Tolkien, too."],
        ["See https://example.com/a.b?c=1.", " Then come back."],
        ["Wait... not yet.", " I think so…", " Well."],
        ['"Really?!"', ' he said, "yes."', " Then he left."],
        ["No.", " I cannot."],
        ["1. Tea first.", "\n2. Then milk", "\n- Sugar"],
        ["\n\nThe first line", "\nThe second one"],
        ["你好，", "世界。", "「真的吗？」", "是的。"],
        ["यह बड़ा है।", " हाँ।"],
        ["It is 10:30."],
    ],
)
def test_an_answer_is_cut_at_its_sentences_and_the_first_piece_earlier(pieces: list[str]) -> None:
    assert texts("".join(pieces)) == pieces
    assert texts(*"".join(pieces)) == pieces


def test_the_first_clause_is_ready_before_the_sentence_is() -> None:
    cutter = SentenceCutter()
    assert list(cutter.feed("It lies between Europe and")) == []
    assert [piece.text for piece in cutter.feed(" Asia")] == ["It lies between Europe"]


def test_only_the_first_piece_is_cut_at_a_comma() -> None:
    cutter = SentenceCutter()
    assert [piece.text for piece in cutter.feed("Of course, it is. It is large, and ")] == [
        "Of course,",
        " it is.",
    ]


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("**Bold** and _thin_ and `code`", "Bold and thin and code"),
        ("# A title", "A title"),
        ("- one", "one"),
        ("Read [the docs](https://example.org/x) now", "Read the docs now"),
        ("Go to https://www.example.org/a/b?c=d.", "Go to example.org."),
        ("snake_case", "snake case"),
        ("3 * 4", "3 times 4"),
        ("Fine 😀.", "Fine ."),
        ("2 > 1, a-b, it's", "2 > 1, a-b, it's"),
        ("***", ""),
        ("```python", ""),
    ],
)
def test_marks_for_the_eye_are_not_spoken(text: str, spoken: str) -> None:
    assert "".join(piece.spoken.text for piece in cut(text)) == spoken
    assert "".join(texts(text)) == text


@pytest.mark.parametrize(
    ("language", "pieces"),
    [
        ("it-IT", ["Vado a prendere il pane", " perché ne ho voglia.", " Il Sig. Rossi viene."]),
        ("pt-BR", ["Eu gostaria de ir hoje", " mas não posso.", " A Sra. Souza vem."]),
        ("es-MX", ["Me gustaría ir al cine", " pero no puedo.", " El Sr. Ruiz viene."]),
        ("en", ["Me gustaría ir al cine pero no puedo.", " El Sr. Ruiz viene."]),
        ("zxx", ["Me gustaría ir al cine", " pero no puedo.", " Mr. Smith viene."]),
        (None, ["I would like to go", " perché no.", " La Sra. Souza viene."]),
    ],
)
def test_a_language_has_words_of_its_own_to_cut_at_and_an_unknown_one_those_of_all(
    language: str | None, pieces: list[str]
) -> None:
    assert [piece.text for piece in cut("".join(pieces), language=language)] == pieces


@pytest.mark.parametrize(("language", "word"), [("es", "por"), ("it-IT", "per"), ("zxx", "times")])
def test_the_sign_of_multiplication_is_read_in_the_language_of_the_answer(language: str, word: str) -> None:
    assert [piece.spoken.text for piece in cut("3 * 4", language=language)] == [f"3 {word} 4"]


def test_a_spoken_word_leads_back_to_what_was_written() -> None:
    (piece,) = cut("Read **[the docs](https://example.org)** now")
    start = piece.spoken.text.index("docs")
    assert piece.spoken.written(start, start + 4) == ("docs", piece.text.index("docs"))


@given(
    st.lists(st.text(alphabet=st.sampled_from("aZé1 .,!?…\n*_[](#`\"'。，你-—:;"), max_size=40) | st.text())
)
def test_all_pieces_joined_are_the_whole_answer(deltas: list[str]) -> None:
    pieces = cut(*deltas)
    assert "".join(piece.text for piece in pieces) == "".join(deltas)
    assert all(0 < len(piece.text) <= LONGEST_PIECE_CHARACTERS for piece in pieces)
    for piece in pieces:
        assert len(piece.spoken.origins) == len(piece.spoken.text)
        assert list(piece.spoken.origins) == sorted(piece.spoken.origins)
        assert all(0 <= origin < len(piece.text) for origin in piece.spoken.origins)


@given(st.text(alphabet=st.sampled_from("abc DE1.,!?\n"), max_size=150), st.integers(0, 150))
def test_where_the_model_splits_its_words_does_not_matter(text: str, at: int) -> None:
    assert texts(text[:at], text[at:]) == texts(text)


def test_a_long_text_without_punctuation_is_cut_between_words() -> None:
    pieces = texts("word " * 200)
    assert all(piece.strip().split(" ") == ["word"] * len(piece.split()) for piece in pieces)
    assert max(map(len, pieces)) <= LONGEST_PIECE_CHARACTERS


def test_what_has_no_place_to_cut_is_cut_at_the_limit() -> None:
    assert [len(piece) for piece in texts("x" * 450)] == [200, 200, 50]
    assert texts("word " * 38 + "x" * 30 + ". Then more.")[0] == "word " * 37 + "word"


def test_of_megabytes_each_piece_is_cut_when_it_is_asked_for_and_the_rest_is_not_copied() -> None:
    cutter = SentenceCutter()
    pieces = cutter.feed("One sentence. " * 100_000)
    assert next(pieces).text == "One sentence."
    whole = cutter._waiting
    for _ in range(1_000):
        assert next(pieces).text == " One sentence."
    assert cutter._waiting is whole
