import pytest
from hypothesis import given
from hypothesis import strategies as st

from openvoicelive.turns import word_rules
from openvoicelive.turns.word_rules import finished_probability

LEVEL = 0.5

FINISHED = {
    "en": [
        "What's the weather like?",
        "Book a room.",
        "Turn the light on.",
        "Turn it off.",
        "Where are you from?",
        "Where do you come from?",
        "I don't know what it is.",
        "Tell me where you are.",
        "Yes.",
        "Today,",
        "No, thank you.",
        "Yes, I do.",
        "Hello. Gemini, are you there?",
        "Paris.",
        "Paris",
        "2.30 p.m.",
        "I was born in 1998.",
        "If I may, I will go.",
        "My number is 555-123-4567.",
        "It is twenty percent.",
        "What do you want?",
        "I don't think so.",
    ],
    "it": ["Che tempo fa oggi?", "Sì.", "Accendi la luce.", "Va bene", "Grazie."],
    "pt": ["Que horas são?", "Não.", "Acende a luz.", "Bom dia"],
    "es": ["¿Qué hora es ahora?", "¿Dónde está?", "No.", "Enciende la luz.", "Buenos días"],
    "de": ["Wie spät ist es?", "Mach das Licht an."],
    "ja": ["今日の天気はどうですか？"],  # noqa: RUF001
}

UNFINISHED = {
    "en": [
        "I would like to book a room in the",
        "I would like to.",
        "And so my.",
        "What is the",
        "What is?",
        "How old is?",
        "Call me back on.",
        "What is the weather in?",
        "I'd like a coffee and,",
        "Just calling to remind you about...",
        "I was thinking -",
        "I want, um,",
        "Um.",
        "One zero zero.",
        "Call me back on 555-123-456.",
        "Go forward, ten.",
        "It is twenty.",
        "How?",
        "Are you?",
        "Hello? Can you?",
        "If you have any questions.",
        "I know how.",
        "Tell me.  I want.",
        "In the morning,",
        "Well,",
        "And what your country",
        "Mr.",
    ],
    "it": ["Vorrei una camera per", "Il.", "Che tempo fa a?", "Vorrei.", "Se domani piove."],
    "pt": ["Eu quero ir para o", "Não, eu quero.", "O tempo em", "Um dois três."],
    "es": ["Quiero una habitación en el", "El tiempo de.", "Uno dos tres."],
    "de": ["Ich möchte,", "Ich möchte nach"],
}


@pytest.mark.parametrize(("language", "text"), [(tag, text) for tag in FINISHED for text in FINISHED[tag]])
def test_a_finished_sentence_is_recognised(language: str, text: str) -> None:
    assert finished_probability(text, language) >= LEVEL


@pytest.mark.parametrize(
    ("language", "text"), [(tag, text) for tag in UNFINISHED for text in UNFINISHED[tag]]
)
def test_an_unfinished_sentence_is_recognised(language: str, text: str) -> None:
    assert finished_probability(text, language) < LEVEL


def test_a_word_may_be_open_in_one_language_and_an_answer_in_another() -> None:
    assert finished_probability("no", "es-MX") > LEVEL > finished_probability("o tempo no", "pt-BR")


def test_where_nothing_was_understood_there_is_nothing_to_wait_for() -> None:
    assert finished_probability("") == finished_probability(" ... ") == 1.0


def test_a_recogniser_that_writes_no_punctuation_is_judged_by_words_alone() -> None:
    assert finished_probability("go forward ten meters") > LEVEL
    assert finished_probability("go forward to the") < LEVEL
    assert finished_probability("Go forward ten meters") < LEVEL


def test_two_words_of_a_question_may_be_all_of_it() -> None:
    assert finished_probability("How old") == LEVEL


def test_the_kind_of_apostrophe_makes_no_difference() -> None:
    assert finished_probability("So that’s") == finished_probability("So that's") < LEVEL  # noqa: RUF001


def test_a_sound_of_thinking_makes_a_sentence_unfinished_and_a_word_that_may_be_meant_does_not() -> None:
    assert finished_probability("Turn it off. Ummm.") < 0.2
    assert finished_probability("That is about it, yeah.") > LEVEL
    assert finished_probability("Preciso de um.", "pt") == finished_probability("Preciso de uma.", "pt")


def test_every_rule_decides_something() -> None:
    said = [
        (text, language) for texts in (FINISHED, UNFINISHED) for language in texts for text in texts[language]
    ]
    said += [
        ("How old", "en"),
        ("Yes, I do.", "en"),
        ("Tell me about.", "en"),
        ("go forward ten meters", "en"),
    ]
    deciding = {word_rules._deciding_rule(text, language) for text, language in said}
    assert set(word_rules._RULES) <= deciding


@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from(
                ["um", "the", "what", "is", "555", "1", "yes", "I", "Oh", "two", "in", ",", ".", "?", "…"]
            )
        ).map(" ".join),
    ),
    st.sampled_from(["en", "it-IT", "pt", "es-MX", "de", "", "x-y"]),
)
def test_any_text_has_a_probability_that_does_not_depend_on_the_space_around_it(
    text: str, language: str
) -> None:
    probability = finished_probability(text, language)
    assert 0 <= probability <= 1
    assert finished_probability(f"\n {text}\t", language) == probability


@given(st.sampled_from(["the", "and", "my", "to"]), st.sampled_from(["", ".", ",", "...", "?"]))
def test_no_mark_makes_a_sentence_whole_that_ends_in_an_open_word(word: str, mark: str) -> None:
    assert finished_probability(f"Go to the park {word}{mark}") < 0.2
