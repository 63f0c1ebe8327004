"""Names of voices that only Azure and OpenAI have."""

import pytest

from openvoicelive.synthesis.voices import voice_named


@pytest.mark.parametrize(
    ("name", "language", "gender"),
    [
        ("en-US-AvaNeural", "en-US", "female"),
        ("en-US-Andrew:DragonHDLatestNeural", "en-US", "male"),
        ("en-US-AndrewMultilingualNeural", "en-US", "male"),
        ("it-IT-DiegoNeural", "it-IT", "male"),
        ("it-IT-IsabellaNeural", "it-IT", "female"),
        ("pt-BR-FranciscaNeural", "pt-BR", "female"),
        ("pt-BR-AntonioNeural", "pt-BR", "male"),
        ("es-ES-ElviraNeural", "es-ES", "female"),
        ("es-MX-JorgeNeural", "es-MX", "male"),
        ("en-us-andrew:DragonHDLatestNeural", "en-us", "male"),
        ("zh-CN-XiaoxiaoNeural", "zh-CN", "female"),
        ("alloy", "en-US", "female"),
        ("echo", "en-US", "male"),
        (None, "en-US", "female"),
    ],
)
def test_a_name_tells_the_language_and_the_gender(name: str | None, language: str, gender: str) -> None:
    voice = voice_named(name)
    assert (voice.language, voice.gender) == (language, gender)


def test_what_the_session_says_counts_more_than_the_name() -> None:
    assert voice_named("en-US-AvaNeural", language="pt-BR").language == "pt-BR"
