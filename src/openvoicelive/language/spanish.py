"""Spanish, in words that are used in Spain and in America."""

from openvoicelive.language.interface import Language, NumberWords, SentenceWords, counted, phrases, words

LANGUAGE = Language(
    tag="es",
    fillers=words("oh pues"),
    backchannels=phrases(
        "ajá, mhm, sí, sí sí, claro, claro que sí, ok, okay, vale, ya, ya veo, bueno, bien, exacto, "
        "entiendo, de acuerdo, cierto"
    ),
    sentence=SentenceWords(
        open_words=words(
            "el la los las un una unos unas de del a al en con por para sin sobre entre hasta desde y e o u "
            "pero porque si que mientras mi mis tu tus su sus nuestro nuestra cada muy"
        ),
        auxiliaries=words("es está estoy son fue tiene tengo voy va puede puedo era será he ha"),
        need_objects=words("quiero quisiera necesito debo dame dime muéstrame pon manda"),
        questions=words("qué quién dónde cuándo cómo cuánto cuántos cuántas cuál cuáles"),
        conditions=words("si mientras aunque"),
        answers=phrases(
            "sí, no, claro, ok, okay, vale, está bien, gracias, hola, adiós, buenos días, buenas tardes, "
            "buenas noches, exacto, quizás, hoy, mañana, ayer, ahora, nada, todo, por favor, no "
            "gracias, ayuda, espera, no sé, no lo sé, entiendo"
        ),
        digits=words("cero uno dos tres cuatro cinco seis siete ocho nueve doble"),
        numbers=words(
            "diez once doce veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento mil"
        ),
    ),
    phrase_openers=words("como con cuando pero porque que si"),
    abbreviations=words("cf dr dra fig prof sr sra ud vol"),
    times="por",
    interim_phrases=("Un momento, por favor.",),
    numbers=NumberWords(
        units=counted(
            "cero un|uno|una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce "
            "quince dieciseis diecisiete dieciocho diecinueve"
        ),
        # "veinti" begins what is written as one word: "veintidós".
        tens=counted(
            "veinte|veinti treinta cuarenta cincuenta sesenta setenta ochenta noventa", first=20, step=10
        )
        | counted(
            "cien|ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos "
            "ochocientos novecientos",
            first=100,
            step=100,
        ),
        scales={"mil": 1000, **dict.fromkeys(("millon", "millones"), 1_000_000)},
        joiner="y",
        decimal_points=words("coma punto"),
        decimal_sign=",",
        thousands_sign=".",
    ),
    months=(
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
)
