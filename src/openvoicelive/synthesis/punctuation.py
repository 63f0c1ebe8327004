"""The marks that end a sentence or a clause, in the scripts that the engines speak."""

SENTENCE_ENDS = ".!?\u2026\u3002\uff01\uff1f\uff0e\u0964\u061f"
"""Latin, the ellipsis, Chinese and Japanese, Hindi, Arabic."""

CLAUSE_ENDS = ",;:\uff0c\u3001\uff1b\uff1a\u060c\u2014"
"""Latin, Chinese and Japanese, Arabic, the dash."""

CLOSING = "\"')]}\u201d\u2019\u00bb\u300d\u300f\uff09\u3011*_`"
"""What may stand between the end of a sentence and the space after it."""


def ends_sentence(text: str) -> bool:
    """Say whether a text ends as a sentence does."""
    return text.rstrip().rstrip(CLOSING).endswith(tuple(SENTENCE_ENDS))
