"""Finds a language by its tag.

Every module of this folder is a language, except `interface` and `registry`, so a new file needs no entry
anywhere.
"""

import pkgutil
from collections.abc import Iterable
from importlib import import_module

import openvoicelive.language
from openvoicelive.language.interface import Language

_NO_LANGUAGES = frozenset({"interface", "registry"})


def primary_subtag(tag: str) -> str:
    """Return the language of a BCP 47 tag without its region or script, in lower case: `it` of `it-IT`."""
    return tag.partition("-")[0].lower()


def find_languages(package: str, folders: Iterable[str]) -> dict[str, Language]:
    """Return the languages that the modules of a package define, by their tags.

    Raises:
        TypeError: If a module defines no `LANGUAGE`.

    """
    found: dict[str, Language] = {}
    for module in pkgutil.iter_modules(folders):
        if module.name in _NO_LANGUAGES:
            continue
        language = getattr(import_module(f"{package}.{module.name}"), "LANGUAGE", None)
        if not isinstance(language, Language):
            raise TypeError(f"{package}.{module.name} must define LANGUAGE, a Language.")
        found[language.tag] = language
    return found


LANGUAGES = find_languages(openvoicelive.language.__name__, openvoicelive.language.__path__)
"""By primary subtag."""


def language_of(tag: str | None) -> Language | None:
    """Return what is known of a BCP 47 tag's language; None if nothing is."""
    return LANGUAGES.get(primary_subtag(tag or ""))
