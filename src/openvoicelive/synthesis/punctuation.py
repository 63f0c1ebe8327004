"""The marks that end a sentence or a clause, in the scripts that the engines speak."""

SENTENCE_ENDS = ".!?\u2026"
"""Latin; a space follows them."""

WIDE_SENTENCE_ENDS = "\u3002\uff01\uff1f\uff0e\u0964\u061f"
"""Chinese and Japanese, Hindi, Arabic."""

CLAUSE_ENDS = ",;:"
"""Latin; a space follows them."""

WIDE_CLAUSE_ENDS = "\uff0c\u3001\uff1b\uff1a\u060c\u2014"
"""Chinese and Japanese, Arabic, and the dash."""

CLOSING = "\"')]}\u201d\u2019\u00bb\u300d\u300f\uff09\u3011*_`"
"""Marks that may follow the end of a sentence, before the space."""


def ends_sentence(text: str) -> bool:
    """Return whether a text ends like a sentence."""
    return text.rstrip().rstrip(CLOSING).endswith(tuple(SENTENCE_ENDS + WIDE_SENTENCE_ENDS))


def ends_clause(text: str) -> bool:
    """Return whether a text ends like a clause or a sentence."""
    marks = CLAUSE_ENDS + WIDE_CLAUSE_ENDS
    return ends_sentence(text) or text.rstrip().rstrip(CLOSING).endswith(tuple(marks))
