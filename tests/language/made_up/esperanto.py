"""A language that the package does not have, as a newcomer would add it: one file."""

from openvoicelive.language.interface import Language, NumberWords, SentenceWords, counted, phrases, words

LANGUAGE = Language(
    tag="eo",
    fillers=words("nu hej"),
    backchannels=phrases("jes, jes jes, certe"),
    sentence=SentenceWords(
        open_words=words("la kaj sed de al"),
        auxiliaries=words("estas"),
        need_objects=words("volas"),
        questions=words("kio kie kiam"),
        conditions=words("se"),
        answers=phrases("jes, ne, dankon"),
        digits=words("nul unu du tri kvar kvin ses sep ok naŭ"),
        numbers=words("dek cent mil"),
    ),
    phrase_openers=words("ĉar sed"),
    abbreviations=words("s-ro d-ro"),
    times="oble",
    interim_phrases=("Unu momenton, mi petas.",),
    numbers=NumberWords(
        units=counted("nul unu du tri kvar kvin ses sep ok nau"),
        tens=counted("dek dudek tridek kvardek kvindek sesdek sepdek okdek naudek", first=10, step=10),
        scales={"cent": 100, "mil": 1000},
        joiner="kaj",
        decimal_points=words("komo"),
        decimal_sign=",",
        thousands_sign=".",
    ),
    months=(
        *("januaro", "februaro", "marto", "aprilo", "majo", "junio"),
        *("julio", "aŭgusto", "septembro", "oktobro", "novembro", "decembro"),
    ),
    weekdays=("lundo", "mardo", "merkredo", "ĵaŭdo", "vendredo", "sabato", "dimanĉo"),
)
