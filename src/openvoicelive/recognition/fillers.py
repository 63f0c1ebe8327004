"""The sounds people make while they think, which are no words."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+")
_LENGTHENED = re.compile(r"(.)\1+")

# Azure's documentation of `remove_filler_words` names: ah, umm, mm, uh, huh, oh, yeah, hmm. Here without
# repeated letters, for recognisers write "um", "umm" and "ummm".
_DOCUMENTED = frozenset({"ah", "um", "mm", "uh", "huh", "oh", "yeah", "hm"})
_SOUNDS = frozenset(
    {"ah", "um", "mm", "uh", "huh", "hm", "er", "erm", "eh", "em", "ehm", "uhm", "mhm", "uhum"}
)
_BY_LANGUAGE = {
    "en": _DOCUMENTED,
    "it": frozenset({"beh", "boh", "mah", "oh"}),
    "pt": frozenset({"ahn", "hã", "hein", "hum", "né", "oh"}),
    "es": frozenset({"oh", "pues"}),
}


def is_filler(word: str) -> bool:
    """Tell whether a word is a mere sound in any language; "yeah" and "oh" may be meant."""
    return _shortest(word.lower()) in _SOUNDS


def only_fillers(text: str, languages: Iterable[str] = ()) -> bool:
    """Tell whether there is nothing but fillers in what was said; true if there is no word at all.

    `languages` are BCP 47 tags; without any, the fillers of all known languages count.
    """
    known = [tag.partition("-")[0].lower() for tag in languages] or list(_BY_LANGUAGE)
    fillers = _SOUNDS.union(*(_BY_LANGUAGE.get(language, frozenset()) for language in known))
    if any(character.isdigit() for character in text):
        return False
    return all(_shortest(word) in fillers for word in _WORD.findall(text.lower()))


def _shortest(word: str) -> str:
    """Return "um" for "ummm"; "mm" is none of the letters alone, as in "p.m."."""
    shortest = _LENGTHENED.sub(r"\1", word)
    return "mm" if shortest == "m" and len(word) > 1 else shortest
