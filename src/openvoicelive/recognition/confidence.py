"""Tells words from what a recogniser makes up when it hears noise or silence.

The figures are for Moonshine tiny, which gives three clues: how sure it was of its tokens, whether it came
to an end by itself, and whether it goes round in circles.
"""

import re

# Mean logarithm of the tokens' probabilities: 20 clips of real speech have -0.02 to -0.38, white noise and
# silence -0.6 to -2.4.
_LEAST_CONFIDENCE = -0.9
_LEAST_CONFIDENCE_OF_A_HABIT = -0.15

# The model knows English only, but now and then makes a row of Chinese characters of English.
_LATIN = re.compile(r"[a-z0-9]", re.IGNORECASE)

# What the model says when nobody spoke, as it learned from the subtitles of videos. Tones and clicks make it
# say so with a confidence of -0.04 to -1.5; people say these words, too, but then it is surer.
_HABITS = frozenset(
    {
        "thank you for listening",
        "thank you for listening to this video",
        "thank you for watching",
        "thanks for watching",
        "you",
        "you can",
        "you will",
    }
)

# Loops are of up to eight words. People do say "no, no, no, no", and digits repeat in numbers; but a model
# that had to be stopped was in a loop if its end repeats three times, or twice when the phrase is longer.
_AGAIN = r"(?:\W+(?P=phrase)\b)"
_AT_THE_END = r"(?=(?:\W+\w+){0,7}\W*$)"
_LOOP = re.compile(rf"\b(?P<phrase>(?!\d\b)\w+(?:\W+\w+){{0,7}}?){_AGAIN}{{4,}}", re.IGNORECASE)
_LAST_LOOP = re.compile(
    rf"\b(?P<phrase>\w+(?:\W+\w+){{0,7}}?){_AGAIN}{{2,}}{_AT_THE_END}"
    rf"|\b(?P<long_phrase>\w+(?:\W+\w+){{2,7}}?)(?:\W+(?P=long_phrase)\b)+{_AT_THE_END}",
    re.IGNORECASE,
)


def believable(text: str, confidence: float, *, ended: bool) -> str:
    """Return the text without what was certainly not said; empty if nothing is left.

    `confidence` is the mean natural logarithm of the tokens' probabilities, at most 0; `ended` tells whether
    the model came to an end by itself.
    """
    words = re.findall(r"\w+", text)
    if not _LATIN.search(text) or confidence < _LEAST_CONFIDENCE:
        return ""
    if " ".join(words).lower() in _HABITS and confidence < _LEAST_CONFIDENCE_OF_A_HABIT:
        return ""
    if ended:
        return _LOOP.sub(_once, text)
    shorter = _LAST_LOOP.sub(_once, text)
    return shorter if len(shorter) > len(text) / 3 else ""


def _once(loop: re.Match[str]) -> str:
    phrase: str = loop[loop.lastgroup or 0]
    return phrase
