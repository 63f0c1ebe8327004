"""The language and gender of the wire's voice names, for engines that have other voices."""

from typing import Literal

from openvoicelive.protocol.voices import locale_in, person_in
from openvoicelive.synthesis.interface import VoiceRequest

# The male voices of OpenAI, and of Azure in the most used languages:
# https://learn.microsoft.com/azure/ai-services/speech-service/language-support. Every other voice is female.
_MEN = frozenset(
    """
    adam andrew brandon brian christopher davis derek dustin eric guy jacob jason kai lewis liam mark roger
    ryan samuel steffan thomas tony william
    alessio benigno calimero cataldo diego gianni giuseppe lisandro marcello rinaldo
    antonio donato duarte fabio humberto julio macerio nicolau valerio
    alonso alvaro arnau cecilio dario elias gerardo gonzalo jorge liberto luciano nil pelayo saul teo tomas
    tristan yago
    conrad florian henri keita killian prabhat remy yunfan yunjian yunxi yunyang
    ash ballad cedar echo fable onyx verse
    rms
    """.split()  # noqa: SIM905 - so many names are read best like this
)


def voice_named(name: str | None, *, language: str | None = None) -> VoiceRequest:
    """Return a request with the language and gender of a voice's name.

    `language` is what the session says; the voice's name counts only where the session says nothing, since
    Azure's voices speak several languages. With neither it is American English.
    """
    gender: Literal["female", "male"] = "male" if person_in(name or "").lower() in _MEN else "female"
    return VoiceRequest(name=name, language=language or locale_in(name or "") or "en-US", gender=gender)
