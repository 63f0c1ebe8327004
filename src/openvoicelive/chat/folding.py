"""Text as patterns read it: people leave out accents when they type, and capitals when they are heard."""

import unicodedata


def folded(text: str) -> str:
    """Return a text in lower case, without accents and with straight apostrophes.

    Each character stands for one of a composed (NFC) text: what a pattern finds can be cut out of that.
    """
    bare = "".join(unicodedata.normalize("NFD", character.lower())[0] for character in text)
    return bare.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
