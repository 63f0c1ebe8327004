"""The voices that a client can ask for."""

import re
from typing import Annotated

import msgspec

# A plain name is one of OpenAI's voices or of the native speech models; the service echoes it as an object.
NATIVE_VOICES = frozenset(
    {
        "aarti",
        "andrew",
        "ava",
        "denise",
        "diya",
        "elsa",
        "florian",
        "francisca",
        "meera",
        "xiaoxiao",
        "yunxi",
        "ximena",
    }
)


OPENAI_VOICES = frozenset(
    {"alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse"}
)
# `en-US-AvaNeural`, `zh-CN-Xiaochen:DragonHDFlashLatestNeural`, `en-us-emma:DragonHDLatestNeural`
_AZURE_NAME = re.compile(r"(?P<locale>[a-z]{2,3}-(?:[A-Za-z]{4}-)?[A-Za-z]{2})-(?P<person>\w[a-z]*)[\w:-]*$")


class _Voice(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    pass


class OpenAIVoice(_Voice, frozen=True, kw_only=True, tag="openai"):
    """One of OpenAI's voices, such as `alloy`."""

    name: str


class AzureVoiceOptions(_Voice, frozen=True, kw_only=True, omit_defaults=True):
    """What all of Azure's voices have in common."""

    name: str
    # `omit_defaults` leaves out constants only: the temperature is shown as null, too, because Microsoft's
    # samples for agents read it from every voice.
    temperature: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] | None = msgspec.field(
        default_factory=lambda: None
    )
    rate: str | None = None
    """A word, a percentage or a factor of SSML's `prosody`; what is faster or slower than can be spoken is
    spoken as fast or slow as can be, as there."""
    pitch: str | None = None
    volume: str | None = None
    style: str | None = None
    locale: str | None = None
    prefer_locales: tuple[str, ...] | None = None
    custom_lexicon_url: str | None = None
    custom_text_normalization_url: str | None = None


class AzureStandardVoice(AzureVoiceOptions, frozen=True, kw_only=True, tag="azure-standard"):
    """A voice of Azure's gallery, such as `en-US-AvaNeural`."""


class AzureCustomVoice(AzureVoiceOptions, frozen=True, kw_only=True, tag="azure-custom"):
    """A voice that a customer had made."""

    endpoint_id: str


class AzurePersonalVoice(AzureVoiceOptions, frozen=True, kw_only=True, tag="azure-personal"):
    """A person's own voice."""

    model: str


class AzureRealtimeNativeVoice(_Voice, frozen=True, kw_only=True, tag="azure-realtime-native"):
    """A voice of Azure's native speech model."""

    name: str


class AvatarVoiceSync(_Voice, frozen=True, kw_only=True, tag="avatar-voice-sync"):
    """The voice of an avatar."""

    model: str


Voice = (
    OpenAIVoice
    | AzureStandardVoice
    | AzureCustomVoice
    | AzurePersonalVoice
    | AzureRealtimeNativeVoice
    | AvatarVoiceSync
)
"""What can be in force."""


def voice_of_name(voice: str) -> Voice:
    """Return the voice that a plain name means."""
    if voice in NATIVE_VOICES:
        return AzureRealtimeNativeVoice(name=voice)
    # Azure's names begin with a locale: `en-US-AvaNeural`, `zh-CN-XiaoxiaoMultilingualNeural`.
    return AzureStandardVoice(name=voice) if "-" in voice else OpenAIVoice(name=voice)


def is_known(voice: Voice) -> bool:
    """Say whether the name is one that Voice Live has, as far as names can tell."""
    match voice:
        case OpenAIVoice(name=name):
            return name in OPENAI_VOICES
        case AzureRealtimeNativeVoice(name=name):
            return name in NATIVE_VOICES
        case AzureStandardVoice(name=name):
            return _AZURE_NAME.match(name) is not None
        case _:
            return False


def locale_in(name: str) -> str | None:
    """Return the locale with which Azure's names begin: `it-IT` of `it-IT-IsabellaNeural`."""
    found = _AZURE_NAME.match(name)
    return found["locale"] if found else None


def person_in(name: str) -> str:
    """Return a name without its locale and variant: `Isabella` of `it-IT-IsabellaMultilingualNeural`."""
    found = _AZURE_NAME.match(name)
    return found["person"] if found else name


def name_of(voice: Voice) -> str:
    """Return the name of a voice, or of the model that makes it."""
    return voice.model if isinstance(voice, AvatarVoiceSync) else voice.name
