"""Translates the wire's voice options into a synthesizer's request and a volume."""

import re
from dataclasses import replace

from openvoicelive.protocol.voices import (
    AzureCustomVoice,
    AzurePersonalVoice,
    AzureStandardVoice,
    Voice,
    name_of,
)
from openvoicelive.synthesis.interface import VoiceRequest
from openvoicelive.synthesis.voices import voice_named

# The words of SSML's prosody element, as factors:
# https://learn.microsoft.com/azure/ai-services/speech-service/speech-synthesis-markup-voice
_RATES = {"x-slow": 0.5, "slow": 0.64, "medium": 1.0, "fast": 1.55, "x-fast": 2.0}
_PITCHES = {"x-low": 0.55, "low": 0.8, "medium": 1.0, "high": 1.2, "x-high": 1.45}
_VOLUMES = {"silent": 0.0, "x-soft": 0.2, "soft": 0.4, "medium": 0.6, "loud": 0.8, "x-loud": 1.0}
_NUMBER = re.compile(r"(?P<sign>[+-])?(?P<number>\d+(?:\.\d+)?)(?P<unit>%|st)?")
_LOWEST, _HIGHEST = 0.5, 2.0
# A rate of 3 is a factor, one of 80 is a percentage. A volume of 3 is a percentage, too.
_PERCENT_FROM = 10.0


def voice_request(voice: Voice, language: str | None) -> VoiceRequest:
    """Return the request: language and gender by the voice's name, rate and pitch by the client's options."""
    if not isinstance(voice, AzureStandardVoice | AzureCustomVoice | AzurePersonalVoice):
        return voice_named(name_of(voice), language=language)
    preferred = voice.prefer_locales[0] if voice.prefer_locales else None
    return replace(
        voice_named(name_of(voice), language=voice.locale or language or preferred),
        rate=_factor(voice.rate, _RATES),
        pitch=_factor(voice.pitch, _PITCHES),
    )


def volume_of(voice: Voice) -> float:
    """Return the factor for the samples, 0.0 to 2.0; 1.0 leaves a voice as loud as its engine makes it."""
    if not isinstance(voice, AzureStandardVoice | AzureCustomVoice | AzurePersonalVoice):
        return 1.0
    return _factor(voice.volume, _VOLUMES, lowest=0.0, percent_from=_HIGHEST)


def _factor(
    given: str | None,
    words: dict[str, float],
    *,
    lowest: float = _LOWEST,
    percent_from: float = _PERCENT_FROM,
) -> float:
    """Read `fast`, `1.2`, `+20%`, `80` (percent) or `+2st`; return 1.0 for anything else."""
    text = (given or "").strip().lower()
    if text in words:
        return words[text]
    found = _NUMBER.fullmatch(text)
    if found is None:
        return 1.0
    number = float(found["number"]) * (-1 if found["sign"] == "-" else 1)
    match found["unit"]:
        case "%":
            factor = 1 + number / 100
        case "st":
            factor = 2 ** (number / 12)
        case _ if found["sign"]:
            factor = 1 + number
        case _:
            factor = number / 100 if number > percent_from else number
    return min(max(factor, lowest), _HIGHEST)
