"""Which language a conversation is in: no option names it, but it follows from what the client asks for."""

from openvoicelive.language.registry import primary_subtag
from openvoicelive.protocol.options import Transcription
from openvoicelive.protocol.voices import (
    AzureCustomVoice,
    AzurePersonalVoice,
    AzureStandardVoice,
    Voice,
    locale_in,
)

_FOUND_BY_ITSELF = frozenset({"", "auto"})


def languages_heard(transcription: Transcription | None) -> tuple[str, ...]:
    """Return the tags of the languages that the user may speak; none: the recogniser finds it out.

    The option holds one tag, or up to ten with commas between
    (https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-language-support).
    """
    listed = (transcription.language or "") if transcription else ""
    tags = (tag.strip().replace("_", "-") for tag in listed.split(","))
    return tuple(tag for tag in tags if tag.lower() not in _FOUND_BY_ITSELF)


def language_of_talk(transcription: Transcription | None, voice: Voice) -> str | None:
    """Return the tag of the language in which to answer; None if nothing tells it.

    A locale that the client sets for its voice is what the voice must speak. Else it is the language that is
    listened for, with the region of the voice if that speaks the same language: `es-MX-DaliaNeural` stays
    Mexican, whether one listens for `es` or `es-ES`. Of several languages it is the voice's, or the first.
    If none is named, it is the voice's own.
    """
    locales = _locales(voice)
    if isinstance(voice, AzureStandardVoice | AzureCustomVoice | AzurePersonalVoice) and voice.locale:
        return voice.locale
    heard = languages_heard(transcription)
    if not heard:
        return next(iter(locales), None)
    spoken = {primary_subtag(tag) for tag in heard}
    return next((locale for locale in locales if primary_subtag(locale) in spoken), heard[0])


def _locales(voice: Voice) -> tuple[str, ...]:
    """Return what a voice speaks, what the client prefers before what its name says."""
    if not isinstance(voice, AzureStandardVoice | AzureCustomVoice | AzurePersonalVoice):
        return ()
    own = locale_in(voice.name)
    return (*(voice.prefer_locales or ()), *((own,) if own else ()))
