"""The page's sentences, put into its HTML before it is sent: people read them before scripts have come."""

import json
import re
from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from openvoicelive.language.registry import primary_subtag

_LOCALES = Path(__file__).parent.parent / "static" / "locales"

LANGUAGES = ("en", "it", "pt-BR", "es")
"""The first is that of whoever speaks none of them."""

# An element that names its sentence, and is empty until a script fills it.
_PLACE = re.compile(r'(<[^<>]*\sdata-text="(\w+)"[^<>]*>)(?=</)')


def preferred_language(wanted: Iterable[str]) -> str:
    """Return the first language that the page has, by the rule of `static/language.js`."""
    for tag in wanted:
        nearest = [one for one in LANGUAGES if primary_subtag(one) == primary_subtag(tag)]
        if nearest:
            return tag if tag in nearest else nearest[0]
    return LANGUAGES[0]


def fill_texts(html: str, language: str) -> str:
    """Return the page with the sentences of one of `LANGUAGES` in the elements that name them."""
    sentences = _sentences(language)
    return _PLACE.sub(lambda place: place[1] + escape(sentences.get(place[2], "")), html)


@cache
def _sentences(language: str) -> dict[str, str]:
    sentences: dict[str, str] = json.loads((_LOCALES / f"{language}.json").read_text(encoding="utf-8"))
    return sentences
