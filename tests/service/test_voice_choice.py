"""How a voice's options on the wire reach the synthesizer."""

import pytest

from openvoicelive.protocol.voices import AzureStandardVoice
from openvoicelive.service.voice_choice import voice_request


@pytest.mark.parametrize(
    ("rate", "factor"),
    [
        (None, 1.0),
        ("", 1.0),
        ("medium", 1.0),
        ("1.2", 1.2),
        ("+20%", 1.2),
        ("-20%", 0.8),
        ("+0.25", 1.25),
        ("9", 2.0),
        ("0.01", 0.5),
        ("-90%", 0.5),
        ("nonsense", 1.0),
        ("1e9", 1.0),
    ],
)
def test_a_rate_is_read_in_every_spelling_and_kept_within_bounds(rate: str | None, factor: float) -> None:
    voice = AzureStandardVoice(name="en-US-AvaNeural", rate=rate)
    assert voice_request(voice, None).rate == pytest.approx(factor)


def test_twelve_semitones_are_an_octave() -> None:
    voice = AzureStandardVoice(name="en-US-AvaNeural", pitch="+12st")
    assert voice_request(voice, None).pitch == pytest.approx(2.0)


def test_a_voice_can_be_silent_and_not_twice_as_loud_as_can_be() -> None:
    def volume(given: str) -> float:
        return voice_request(AzureStandardVoice(name="en-US-AvaNeural", volume=given), None).volume

    assert [volume("silent"), volume("50"), volume("+900%")] == [0.0, 0.5, 2.0]


def test_the_locale_of_the_voice_goes_before_the_language_of_the_talk() -> None:
    italian = AzureStandardVoice(name="en-US-AvaMultilingualNeural", locale="it-IT")
    assert voice_request(italian, "de-DE").language == "it-IT"
