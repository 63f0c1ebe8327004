"""Text as patterns read it: not too long; without accents and capitals, for people leave them out."""

import unicodedata

LONGEST_READ_CHARACTERS = 1_000
"""About a minute of speech. Patterns are searched on the event loop, and the time of some grows with the
square of a text's length: of this much, the worst answer takes about 25 ms."""


def last_words(text: str) -> str:
    """Return whole words from the end of a text, as many as patterns may read, composed and in one line.

    It is the end because who writes much ends with the question. Runs of spaces become one: they belong to no
    words, and take patterns the longest.
    """
    text = text.rstrip()
    end = unicodedata.normalize("NFC", text[-LONGEST_READ_CHARACTERS:])[-LONGEST_READ_CHARACTERS:]
    words = end.split()
    is_cut = len(text) > LONGEST_READ_CHARACTERS and len(words) > 1
    return " ".join(words[1:] if is_cut else words)


def folded(text: str) -> str:
    """Return a text in lower case, without accents and with straight apostrophes.

    Each character stands for one of a composed (NFC) text: what a pattern finds can be cut out of that.
    """
    bare = "".join(unicodedata.normalize("NFD", character.lower())[0] for character in text)
    return bare.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
