# ruff: noqa: RUF001 - the letters of the IPA are meant
"""The mouth shape (viseme) of each sound, in Azure's numbering.

The numbers are those of https://learn.microsoft.com/azure/ai-services/speech-service/how-to-speech-synthesis-viseme:
0 is a closed, silent mouth, and 1 to 21 each stand for a few phonemes that look alike.
"""

import unicodedata

SILENCE = 0

_OF_CMU_PHONE = {
    "pau": 0,
    "ae": 1, "ah": 1, "ax": 1,
    "aa": 2,
    "ao": 3,
    "eh": 4, "ey": 4, "uh": 4,
    "er": 5,
    "ih": 6, "iy": 6, "y": 6,
    "uw": 7, "w": 7,
    "ow": 8,
    "aw": 9,
    "oy": 10,
    "ay": 11,
    "hh": 12,
    "r": 13,
    "l": 14,
    "s": 15, "z": 15,
    "ch": 16, "jh": 16, "sh": 16, "zh": 16,
    "dh": 17,
    "f": 18, "v": 18,
    "d": 19, "n": 19, "t": 19, "th": 19,
    "g": 20, "k": 20, "ng": 20,
    "b": 21, "m": 21, "p": 21,
}  # fmt: skip

# The first sound decides; a diphthong has a shape of its own. Azure's table has the sounds of English. Other
# sounds take the shape of the nearest one: the same position of the lips, then of the tongue.
_OF_IPA = {
    "aʊ": 9, "ɔɪ": 10, "aɪ": 11, "eɪ": 4, "oʊ": 8, "əʊ": 8, "tʃ": 16, "dʒ": 16,
    "æ": 1, "ə": 1, "ʌ": 1, "ɐ": 1, "a": 2, "ɑ": 2, "ɒ": 2, "ɔ": 3,
    "e": 4, "ɛ": 4, "ʊ": 4, "ø": 4, "œ": 4, "ɝ": 5, "ɚ": 5, "ɜ": 5, "ᵻ": 6,
    "i": 6, "ɪ": 6, "j": 6, "ɨ": 6, "ʎ": 6, "y": 7, "ʏ": 7, "u": 7, "ʉ": 7, "w": 7, "ɥ": 7,
    "ɯ": 6, "o": 8, "ɤ": 8,
    "h": 12, "ɦ": 12, "ħ": 12, "ʔ": 12, "ʕ": 12,
    "ɹ": 13, "r": 13, "ɾ": 13, "ʁ": 13, "ʀ": 13, "ɻ": 13, "ɽ": 13, "l": 14, "ɫ": 14, "ɬ": 14, "ɭ": 14,
    "s": 15, "z": 15, "ʃ": 16, "ʒ": 16, "ʂ": 16, "ʐ": 16, "ɕ": 16, "ʑ": 16, "ç": 16,
    "ð": 17, "f": 18, "v": 18, "ɸ": 18, "ʋ": 18,
    "d": 19, "t": 19, "n": 19, "θ": 19, "ɖ": 19, "ʈ": 19, "ɳ": 19, "ɲ": 19,
    "k": 20, "g": 20, "ɡ": 20, "ŋ": 20, "x": 20, "ɣ": 20, "q": 20, "c": 20, "ɟ": 20, "χ": 20,
    "p": 21, "b": 21, "m": 21, "β": 21, "ɱ": 21, "ɓ": 21,
}  # fmt: skip


def viseme_of_cmu_phone(phone: str) -> int:
    """Return the shape for a phone of the CMU set, in lower case as flite writes it; 0 if it is unknown."""
    return _OF_CMU_PHONE.get(phone, SILENCE)


def viseme_of_ipa(phoneme: str) -> int:
    """Return the shape for an IPA phoneme, which may have stress and length marks; 0 if unknown."""
    letters = "".join(
        letter
        for letter in unicodedata.normalize("NFD", phoneme)
        if unicodedata.category(letter) in {"Ll", "Lo"}
    )
    return _OF_IPA.get(letters[:2], _OF_IPA.get(letters[:1], SILENCE))
