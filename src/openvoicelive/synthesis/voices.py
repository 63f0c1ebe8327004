"""What the wire's voice names say about a voice, for engines that have other voices than the wire names."""

import re
from typing import Literal

from openvoicelive.synthesis.interface import VoiceRequest

_AZURE_NAME = re.compile(r"(?P<language>[a-z]{2,3}-(?:[A-Za-z]{4}-)?[A-Z]{2})-(?P<person>[A-Z][a-z]+)")
"""Such as `en-US-AvaNeural` or `zh-CN-Xiaochen:DragonHDFlashLatestNeural`."""

# From https://learn.microsoft.com/azure/ai-services/speech-service/language-support the names of men, in the
# languages that are asked for most, and the men among OpenAI's voices; whoever is not here speaks as a woman.
_MEN = frozenset(
    {
        *("adam", "alessio", "alvaro", "andrew", "antonio", "benigno", "brandon", "brian", "christopher"),
        *(
            "conrad",
            "davis",
            "derek",
            "diego",
            "duarte",
            "dustin",
            "eric",
            "florian",
            "giuseppe",
            "guy",
            "henri",
        ),
        *(
            "jacob",
            "jason",
            "jorge",
            "kai",
            "keita",
            "killian",
            "lewis",
            "liam",
            "macerio",
            "marcello",
            "mark",
        ),
        *("prabhat", "remy", "roger", "ryan", "samuel", "steffan", "thomas", "tony", "tristan", "william"),
        *("yunfan", "yunjian", "yunxi", "yunyang"),
        *("ash", "ballad", "cedar", "echo", "fable", "onyx", "verse"),
        *("rms",),
    }
)


def voice_named(name: str | None, *, language: str | None = None) -> VoiceRequest:
    """Return a request with the language and the gender that a voice's name tells.

    `language` is what the session says; the voice's name counts only where the session says nothing, since
    Azure's voices speak several languages. With neither it is American English.
    """
    found = _AZURE_NAME.match(name or "")
    person = (found["person"] if found else name or "").lower()
    gender: Literal["female", "male"] = (
        "male" if person.removesuffix("neural").removesuffix("multilingual") in _MEN else "female"
    )
    own_language = found["language"] if found else "en-US"
    return VoiceRequest(name=name, language=language or own_language, gender=gender)
