"""Text as patterns read it: not too long, and without accents and capitals, which people leave out."""

import unicodedata

LONGEST_READ_CHARACTERS = 700
"""About 45 seconds of speech. Patterns are searched on the event loop, and the time of some grows with the
square of a text's length. The slowest answer found takes 4.5 ms; with 1,000 characters it took 7 ms."""


def last_words(text: str) -> str:
    """Return whole words from the end of a text, as many as patterns may read, composed and in one line.

    It is the end because a long text ends with the question. Runs of spaces become one space: they belong to
    no words and make patterns slowest.
    """
    text = text.rstrip()
    end = unicodedata.normalize("NFC", text[-LONGEST_READ_CHARACTERS:])[-LONGEST_READ_CHARACTERS:]
    words = end.split()
    is_cut = len(text) > LONGEST_READ_CHARACTERS and len(words) > 1
    return " ".join(words[1:] if is_cut else words)


def folded(text: str) -> str:
    """Return a text in lower case, without accents and with straight apostrophes.

    Each character stands for one character of a composed (NFC) text, so a match has the same place in it.
    """
    bare = "".join(unicodedata.normalize("NFD", character.lower())[0] for character in text)
    return bare.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
