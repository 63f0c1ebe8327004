"""The language of a talk follows from what is listened for and from the voice."""

from typing import Any

import pytest

from openvoicelive.protocol.language import language_of_talk, languages_heard
from openvoicelive.protocol.options import Transcription
from openvoicelive.protocol.voices import AzureStandardVoice, person_in, voice_of_name


def listening_for(language: str | None) -> Transcription:
    return Transcription(model="azure-speech", language=language)


@pytest.mark.parametrize(
    ("language", "tags"),
    [
        (None, ()),
        ("", ()),
        ("auto", ()),
        ("it", ("it",)),
        ("pt-BR", ("pt-BR",)),
        ("en,it", ("en", "it")),
        (" en-US, es-ES ,", ("en-US", "es-ES")),
        ("es_MX", ("es-MX",)),
    ],
)
def test_the_languages_that_are_listened_for_are_one_several_or_any(
    language: str | None, tags: tuple[str, ...]
) -> None:
    assert languages_heard(listening_for(language)) == tags


def test_without_transcription_any_language_may_be_spoken() -> None:
    assert languages_heard(None) == ()


@pytest.mark.parametrize(
    ("heard", "voice", "language"),
    [
        # What is listened for counts most.
        ("it", "alloy", "it"),
        ("it-IT", "en-US-AvaMultilingualNeural", "it-IT"),
        ("en", "it-IT-IsabellaNeural", "en"),
        # The region is the voice's.
        ("es", "es-MX-DaliaNeural", "es-MX"),
        ("es-ES", "es-MX-DaliaNeural", "es-MX"),
        ("pt", "pt-BR-FranciscaNeural", "pt-BR"),
        # Of several it is the voice's, or the first.
        ("en,it", "it-IT-IsabellaNeural", "it-IT"),
        ("en,it", "alloy", "en"),
        ("it-IT,en-US", "es-ES-ElviraNeural", "it-IT"),
        # Where none is named it is the voice's.
        (None, "it-IT-IsabellaNeural", "it-IT"),
        ("auto", "pt-BR-FranciscaNeural", "pt-BR"),
        ("", "es-ES-Ximena:DragonHDLatestNeural", "es-ES"),
        ("", "en-us-emma:DragonHDLatestNeural", "en-us"),
        ("auto", "alloy", None),
        (None, "my-voice", None),
    ],
)
def test_the_language_of_the_talk_is_that_of_the_ear_and_else_that_of_the_voice(
    heard: str | None, voice: str, language: str | None
) -> None:
    assert language_of_talk(listening_for(heard), voice_of_name(voice)) == language


@pytest.mark.parametrize(
    ("options", "language"),
    [
        ({"locale": "es-ES"}, "es-ES"),
        ({"locale": "es-ES", "prefer_locales": ("en-GB",)}, "es-ES"),
        ({"prefer_locales": ("en-GB", "it-IT")}, "it-IT"),
        ({"prefer_locales": ("en-GB",)}, "it"),
    ],
)
def test_a_locale_that_the_client_sets_for_its_voice_is_kept_to(
    options: dict[str, Any], language: str
) -> None:
    voice = AzureStandardVoice(name="en-US-AvaMultilingualNeural", **options)
    assert language_of_talk(listening_for("it"), voice) == language


def test_a_preferred_locale_is_the_accent_of_a_voice() -> None:
    voice = AzureStandardVoice(name="en-US-AvaMultilingualNeural", prefer_locales=("en-GB",))
    assert language_of_talk(listening_for("en"), voice) == "en-GB"
    assert language_of_talk(None, voice) == "en-GB"


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("it-IT-IsabellaMultilingualNeural", "Isabella"),
        ("pt-BR-FranciscaNeural", "Francisca"),
        ("alloy", "alloy"),
    ],
)
def test_a_voice_is_a_person_with_a_locale_and_a_variant(name: str, person: str) -> None:
    assert person_in(name) == person
