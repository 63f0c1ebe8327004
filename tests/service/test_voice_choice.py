"""How a voice's options on the wire reach the synthesizer."""

import pytest

from openvoicelive.protocol.voices import AzureStandardVoice, OpenAIVoice
from openvoicelive.service.answering.voice_choice import voice_request, volume_of


@pytest.mark.parametrize(
    ("rate", "factor"),
    [
        (None, 1.0),
        ("", 1.0),
        ("3", 2.0),
        ("9", 2.0),
        ("80", 0.8),
        ("-90%", 0.5),
        ("1e9", 1.0),
    ],
)
def test_a_fast_rate_is_never_read_as_a_slow_one(rate: str | None, factor: float) -> None:
    voice = AzureStandardVoice(name="en-US-AvaNeural", rate=rate)
    assert voice_request(voice, None).rate == pytest.approx(factor)


def test_a_voice_can_be_silent_and_not_twice_as_loud_as_can_be() -> None:
    def volume(given: str) -> float:
        return volume_of(AzureStandardVoice(name="en-US-AvaNeural", volume=given))

    assert [volume("silent"), volume("3"), volume("50"), volume("+900%")] == [0.0, 0.03, 0.5, 2.0]
    assert volume_of(OpenAIVoice(name="echo")) == 1.0


@pytest.mark.parametrize(
    ("rate", "factor"),
    [
        (None, 1.0),
        ("", 1.0),
        ("fast", 1.55),
        ("1.2", 1.2),
        ("+20%", 1.2),
        ("-20%", 0.8),
        ("+12st", 2.0),
        ("+0.5", 1.5),
        ("80", 0.8),
        ("0.1", 0.5),
        ("+900%", 2.0),
        ("quickly", 1.0),
    ],
)
def test_a_rate_may_be_written_in_many_ways(rate: str | None, factor: float) -> None:
    voice = AzureStandardVoice(name="en-US-AvaNeural", rate=rate)
    assert voice_request(voice, None).rate == pytest.approx(factor)


def test_the_language_is_the_voices_own_or_what_the_session_says() -> None:
    multilingual = AzureStandardVoice(name="en-US-AvaMultilingualNeural", prefer_locales=("en-IN",))
    assert voice_request(multilingual, "it-IT").language == "it-IT"
    assert voice_request(multilingual, None).language == "en-IN"
    assert voice_request(AzureStandardVoice(name="x", locale="es-ES"), "it-IT").language == "es-ES"
    assert voice_request(OpenAIVoice(name="echo"), None).gender == "male"
