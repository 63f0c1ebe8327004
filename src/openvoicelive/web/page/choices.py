"""What people on the page may choose: by the operator's file, by a list of names, or all of it on loopback.

The file is described in docs/page-settings.md.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from openvoicelive.errors import SettingsError
from openvoicelive.settings import DEFAULT_MODEL, Settings
from openvoicelive.web.page.messages import DEFAULT_TURN_DETECTION, TurnDetection
from openvoicelive.web.page.problems import Problem

_LOCALE = re.compile(r"([a-z]{2,3}-[A-Z]{2})-")
_LOOPBACK_CHOICES = frozenset(
    {"voice", "instructions", "language", "turn_detection", "speech_rate", "events"}
)
# What the protocol allows.
_WIDEST: dict[str, tuple[float, float]] = {
    "speech_rate": (0.5, 2.0),
    "threshold": (0.0, 1.0),
    "prefix_padding_ms": (0, 10_000),
    "silence_duration_ms": (0, 10_000),
}
_MOST_CHARACTERS = {"voice": 200, "model": 200, "agent": 64, "language": 35, "instructions": 16_000}

Range = tuple[float, float]
RangeMs = tuple[int, int]


class VoiceChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A voice: as the service calls it, as people read it, and what it speaks."""

    name: str
    label: str = ""
    language: str | None = None


class OfferedAgent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An agent: of Azure AI Foundry, or a file of our own service."""

    name: str
    label: str = ""
    project: str = "openvoicelive"
    """The Foundry project; our own service has none and takes any."""


class AgentChoice(msgspec.Struct, frozen=True):
    """An agent, as a page may know it."""

    name: str
    label: str


class TurnDetectionChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Kinds of turn detection and how far their numbers go; a number without a range stays as it is."""

    types: tuple[str, ...] = ("server_vad", "azure_semantic_vad")
    threshold: Range | None = None
    prefix_padding_ms: RangeMs | None = None
    silence_duration_ms: RangeMs | None = None


class Defaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What applies to whoever chooses nothing, beside the model, voice and instructions of the settings."""

    language: str | None = None
    turn_detection: TurnDetection = DEFAULT_TURN_DETECTION
    speech_rate: float = 1.0
    agent: str | None = None


class PageSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operator's file."""

    voices: tuple[str | VoiceChoice, ...] = ()
    languages: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    agents: tuple[str | OfferedAgent, ...] = ()
    instructions: bool = False
    turn_detection: TurnDetectionChoice | None = None
    speech_rate: Range | None = None
    show_events: bool = False
    defaults: Defaults = Defaults()


class Choices(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered, as `/config` tells it; what is empty, absent or false cannot be chosen."""

    voices: tuple[VoiceChoice, ...] = ()
    languages: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    agents: tuple[AgentChoice, ...] = ()
    instructions: bool = False
    turn_detection: TurnDetectionChoice | None = None
    speech_rate: Range | None = None
    show_events: bool = False

    @property
    def names(self) -> frozenset[str]:
        """What can be chosen, by the names of the messages' fields."""
        offered = {
            "voice": self.voices,
            "language": self.languages,
            "model": self.models,
            "agent": self.agents,
            "instructions": self.instructions,
            "turn_detection": self.turn_detection,
            "speech_rate": self.speech_rate,
            "events": self.show_events,
        }
        return frozenset(name for name, offer in offered.items() if offer)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator offers, and what applies to whoever chooses nothing."""

    choices: Choices
    defaults: Defaults
    free: frozenset[str] = frozenset()
    """Where any value is taken, and the lists are only proposals."""

    agents: tuple[OfferedAgent, ...] = ()

    def problem(self, name: str, value: Any) -> Problem | None:
        """Say why a user may not set this; `None` if the user may."""
        if name not in self.choices.names:
            return Problem.of("not_offered", names=name)
        if isinstance(value, str):
            return self._problem_of_text(name, value)
        if isinstance(value, TurnDetection) and self.choices.turn_detection:
            return self._problem_of_turns(value, self.choices.turn_detection)
        if isinstance(value, float) and self.choices.speech_rate:
            return _problem_of_number(name, value, self.choices.speech_rate)
        return None

    def refused(self, chosen: Mapping[str, Any]) -> dict[str, str]:
        """Return the code of each of these values that a user may not set, by name."""
        problems = {name: self.problem(name, value) for name, value in chosen.items()}
        return {name: problem.code for name, problem in problems.items() if problem}

    def agent(self, name: str | None) -> OfferedAgent | None:
        """Return the agent of this name, or the one that applies by default."""
        wanted = name or self.defaults.agent
        return next((agent for agent in self.agents if agent.name == wanted), None)

    def _problem_of_text(self, name: str, value: str) -> Problem | None:
        most = _MOST_CHARACTERS[name]
        if len(value) > most:
            return Problem.of("too_long", name=name, most=most)
        listed: dict[str, Iterable[str]] = {
            "voice": (voice.name for voice in self.choices.voices),
            "language": self.choices.languages,
            "model": self.choices.models,
            "agent": (agent.name for agent in self.choices.agents),
        }
        if name in listed and name not in self.free and value not in listed[name]:
            return Problem.of("value_not_offered", name=name, value=value)
        return None

    def _problem_of_turns(self, turns: TurnDetection, offered: TurnDetectionChoice) -> Problem | None:
        if turns.type not in offered.types:
            return Problem.of("value_not_offered", name="turn_detection", value=turns.type)
        for name in ("threshold", "prefix_padding_ms", "silence_duration_ms"):
            value, bounds = getattr(turns, name), getattr(offered, name)
            if value is None or value == getattr(self.defaults.turn_detection, name):
                continue
            if bounds is None:
                return Problem.of("not_offered", names=name)
            if problem := _problem_of_number(name, value, bounds):
                return problem
        return None


def read_offer(settings: Settings) -> Offer:
    """Return what the operator offers.

    Raises:
        SettingsError: If the file cannot be used; says what is wrong in it.

    """
    if settings.page_settings is None:
        return _offer_without_file(settings)
    if settings.user_may_choose:
        raise SettingsError(
            "VOICE_LIVE_PAGE_SETTINGS and VOICE_LIVE_USER_MAY_CHOOSE say the same thing twice: "
            "set one of them."
        )
    page = _read(Path(settings.page_settings))
    agents = tuple(OfferedAgent(agent) if isinstance(agent, str) else agent for agent in page.agents)
    choices = Choices(
        voices=_voices(settings, page.voices),
        languages=page.languages,
        models=_with_first(settings.model or DEFAULT_MODEL, page.models),
        agents=tuple(AgentChoice(agent.name, agent.label or agent.name) for agent in agents),
        instructions=page.instructions,
        turn_detection=page.turn_detection,
        speech_rate=page.speech_rate,
        show_events=page.show_events,
    )
    defaults = msgspec.structs.replace(
        page.defaults, turn_detection=page.defaults.turn_detection.over(DEFAULT_TURN_DETECTION)
    )
    _check(choices, defaults)
    return Offer(choices=choices, defaults=defaults, agents=agents)


def _offer_without_file(settings: Settings) -> Offer:
    names = settings.user_may_choose or (_LOOPBACK_CHOICES if settings.is_loopback else frozenset[str]())
    model = settings.model or DEFAULT_MODEL
    choices = Choices(
        voices=_voices(settings, _PROPOSED_VOICES if "voice" in names else ()),
        languages=_PROPOSED_LANGUAGES if "language" in names else (),
        models=_with_first(model, (DEFAULT_MODEL,) if "model" in names else ()),
        instructions="instructions" in names,
        turn_detection=_PROPOSED_TURN_DETECTION if "turn_detection" in names else None,
        speech_rate=(0.5, 2.0) if "speech_rate" in names else None,
        show_events="events" in names,
    )
    return Offer(choices=choices, defaults=Defaults(), free=names & {"voice", "language", "model"})


def _read(path: Path) -> PageSettings:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), PageSettings)
    except OSError as error:
        raise SettingsError(
            f"VOICE_LIVE_PAGE_SETTINGS names {path}, which cannot be read: {error.strerror}."
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"{path} (VOICE_LIVE_PAGE_SETTINGS) cannot be used: {error}.") from None


def _check(choices: Choices, defaults: Defaults) -> None:
    """Refuse a file that contradicts itself."""
    turns = choices.turn_detection or TurnDetectionChoice()
    for name, widest in _WIDEST.items():
        is_rate = name == "speech_rate"
        given: Range | None = getattr(choices if is_rate else turns, name)
        if given and not widest[0] <= given[0] < given[1] <= widest[1]:
            raise SettingsError(
                f"{name} in VOICE_LIVE_PAGE_SETTINGS must be two growing numbers "
                f"from {widest[0]} to {widest[1]}; it is {list(given)}."
            )
        default: float = getattr(defaults if is_rate else defaults.turn_detection, name)
        if not widest[0] <= default <= widest[1]:
            raise SettingsError(
                f"{name} under defaults in VOICE_LIVE_PAGE_SETTINGS must be "
                f"from {widest[0]} to {widest[1]}; it is {default}."
            )
    known = msgspec.inspect.type_info(TurnDetection).fields[0].type.values  # type: ignore[attr-defined]
    if unknown := set(turns.types) - set(known):
        raise SettingsError(
            f"turn_detection.types in VOICE_LIVE_PAGE_SETTINGS names {', '.join(sorted(unknown))}; "
            f"it may name {', '.join(known)}."
        )
    if defaults.agent and defaults.agent not in {agent.name for agent in choices.agents}:
        raise SettingsError(
            f"defaults.agent in VOICE_LIVE_PAGE_SETTINGS is {defaults.agent!r}, which agents does not name."
        )


def _voices(settings: Settings, listed: Iterable[str | VoiceChoice]) -> tuple[VoiceChoice, ...]:
    """Return the voices with all they need to be shown, the operator's own first where it is not listed."""
    voices = tuple(_voice(voice) for voice in listed)
    own = _voice(settings.voice)
    return voices if not voices or own.name in {voice.name for voice in voices} else (own, *voices)


def _voice(voice: str | VoiceChoice) -> VoiceChoice:
    if isinstance(voice, str):
        voice = VoiceChoice(voice)
    locale = _LOCALE.match(voice.name)
    return VoiceChoice(
        name=voice.name,
        label=voice.label or voice.name,
        language=voice.language or (locale[1] if locale else None),
    )


def _with_first(own: str, listed: tuple[str, ...]) -> tuple[str, ...]:
    return listed if not listed or own in listed else (own, *listed)


def _problem_of_number(name: str, value: float, bounds: Range) -> Problem | None:
    least, most = bounds
    if least <= value <= most:
        return None
    return Problem.of("out_of_range", name=name, least=least, most=most)


# Two of each language that the page speaks, and of two more; Azure and our own service know them all.
_PROPOSED_VOICES = tuple(
    VoiceChoice(f"{locale}-{person}Neural", person, locale)
    for locale, persons in {
        "en-US": ("Ava", "Andrew"),
        "en-GB": ("Sonia", "Ryan"),
        "it-IT": ("Isabella", "Diego"),
        "pt-BR": ("Francisca", "Antonio"),
        "es-ES": ("Elvira", "Alvaro"),
        "es-MX": ("Dalia", "Jorge"),
        "de-DE": ("Katja", "Conrad"),
        "fr-FR": ("Denise", "Henri"),
    }.items()
    for person in persons
)
_PROPOSED_TURN_DETECTION = TurnDetectionChoice(
    threshold=(0.0, 1.0), prefix_padding_ms=(0, 2_000), silence_duration_ms=(100, 5_000)
)
_PROPOSED_LANGUAGES = tuple(dict.fromkeys(str(voice.language) for voice in _PROPOSED_VOICES))
