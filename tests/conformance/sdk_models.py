"""Whether the official SDK reads an event: as the class for its type, every attribute as it is declared."""

from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from azure.ai.voicelive import _types, _unions, models
from azure.ai.voicelive._utils.model_base import Model
from azure.ai.voicelive.models import ServerEvent

# The names that stand in the SDK's annotations, and that it imports for type checkers only.
_NAMES = {"_models": models, "_unions": _unions, "_types": _types}
_NUMBERS: dict[Any, tuple[type, ...]] = {int: (int,), float: (float, int)}  # JSON does not tell them apart
# The SDK reads the sound of a user with the class that a client sends; in the recordings of the real service,
# too, it comes back without its bytes.
_MAY_BE_ABSENT = {(models.RequestAudioContentPart, "audio")}
# The official tests ask for these formats, which the SDK does not name.
_MORE_NAMES = {
    models.OutputAudioFormat: {f"pcm16_{rate_hz}hz" for rate_hz in (22_050, 24_000, 44_100, 48_000)}
}
# A voice that there is not is echoed, with a warning; the nearest speaks.
_ANY_NAME = {models.OpenAIVoiceName, models.AzureRealtimeNativeVoiceName, models.PersonalVoiceModels}

Check = Callable[[Any], str | None]


def misread(event: dict[str, Any]) -> str | None:
    """Return what the SDK's models do not understand of an event, if there is something."""
    known: dict[str, type[Model]] = ServerEvent.__mapping__  # type: ignore[assignment]
    declared = known.get(event["type"])
    if declared is None:
        return f"the SDK knows no event {event['type']!r}"
    read = _read(ServerEvent, event)
    return _unlike_attributes(read) if isinstance(read, declared) else f"the SDK reads {type(read)}"


def _read(model: type[Model], data: dict[str, Any]) -> Model:
    """Read as the SDK's connection does."""
    return cast("Model", model._deserialize(data, []))  # type: ignore[no-untyped-call]


def _check_of(hint: Any) -> Check:
    """Return what tells how a value differs from what is declared, if it does."""
    arguments = get_args(hint)
    match get_origin(hint):
        case origin if origin is Union:
            return _one_of(tuple(_check_of(choice) for choice in _choices(arguments)))
        case origin if origin is Literal:
            return _simple(hint, lambda value: value in arguments)
        case origin if origin is list:
            return _list_of(hint, _check_of(arguments[0]))
        case None if hint is Any:
            return _simple(hint, lambda _: True)
        case None if issubclass(hint, Model):
            return _model(hint)
        case None if hint in _ANY_NAME:
            return _simple(hint, lambda value: isinstance(value, str))
        case None if issubclass(hint, Enum):
            values = {member.value for member in hint} | _MORE_NAMES.get(hint, set())
            return _simple(hint, lambda value: isinstance(value, str) and value in values)
        case None if hint in {int, float}:
            kinds = _NUMBERS[hint]
            return _simple(hint, lambda value: isinstance(value, kinds) and not isinstance(value, bool))
        case origin:
            kind = origin or hint
            return _simple(hint, lambda value: isinstance(value, kind))


def _simple(hint: Any, fits: Callable[[Any], bool]) -> Check:
    return lambda value: None if fits(value) else f"{value!r} is not {hint}"


def _model(hint: type[Model]) -> Check:
    def check(value: Any) -> str | None:
        # In a union of models, the SDK leaves objects as they are.
        read = _read(hint, value) if isinstance(value, dict) else value
        return _unlike_attributes(read) if isinstance(read, hint) else f"{value!r} is not {hint}"

    return check


def _one_of(checks: tuple[Check, ...]) -> Check:
    def check(value: Any) -> str | None:
        problems = []
        for choice in checks:
            if (problem := choice(value)) is None:
                return None
            problems.append(problem)
        return "; ".join(problems)

    return check


def _list_of(hint: Any, check_part: Check) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return f"{value!r} is not {hint}"
        return next(filter(None, map(check_part, value)), None)

    return check


@cache
def _attributes(model: type[Model]) -> tuple[tuple[str, Check], ...]:
    hints = get_type_hints(model, localns=_NAMES)
    return tuple((name, _check_of(hint)) for name, hint in hints.items() if not name.startswith("_"))


def _unlike_attributes(read: Model) -> str | None:
    for name, check in _attributes(type(read)):
        value = getattr(read, name)
        if value is None and (type(read), name) in _MAY_BE_ABSENT:
            continue
        if problem := check(value):
            return f"{type(read).__name__}.{name}: {problem}"
    return None


def _choices(choices: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what a union allows: beside the names of an enum, a string is only there for names to come."""
    has_names = any(isinstance(choice, type) and issubclass(choice, Enum) for choice in choices)
    return tuple(choice for choice in choices if not (has_names and choice is str))
