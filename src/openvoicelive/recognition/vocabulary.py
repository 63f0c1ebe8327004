"""The small words of a language that tell whether a sentence is over, as data.

Only words that nearly always mean it are here: a word that also ends sentences ("off", "there", "though")
would make people wait for their answer.
"""

from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(text.split(", "))


@dataclass(frozen=True)
class Vocabulary:
    """One language; all lower case."""

    open_words: frozenset[str]
    """After these something must follow: articles, conjunctions, possessives, most prepositions, "I'm"."""

    auxiliaries: frozenset[str]
    """A verb, a complement or an object follows, but for short answers such as "I do"."""

    need_objects: frozenset[str]
    """Verbs and counting words that are rarely last."""

    questions: frozenset[str]
    """Words that begin a question."""

    conditions: frozenset[str]
    """Words that begin a clause which is no sentence by itself."""

    answers: frozenset[str]
    """What is a whole turn by itself, and whole where it stands last."""

    digits: frozenset[str]
    """The words of numbers that are dictated one by one."""

    numbers: frozenset[str]
    """The words of other numbers."""

    prepositions: frozenset[str] = frozenset()
    """Where a question may end in one: "where are you from"."""

    particles: frozenset[str] = frozenset()
    """Prepositions that also belong to verbs: "turn the light on"."""

    particle_verbs: frozenset[str] = frozenset()
    pronouns: frozenset[str] = frozenset()
    """Subjects, for short answers such as "yes, I do"; where there are none, questions end in verbs."""


_ENGLISH = Vocabulary(
    open_words=_words(
        "a an the my your his our their its whose and or but nor because if unless although whether "
        "while until than as to of into onto upon per via within between among during toward towards "
        "which i we they he she i'm you're he's she's we're they're i've you've we've they've i'll "
        "you'll he'll she'll we'll they'll i'd you'd he'd she'd we'd they'd it's that's there's what's "
        "where's who's how's let's mr mrs ms dr every very just only also even quite rather so not "
        "merely almost nearly"
    ),
    auxiliaries=_words(
        "am is are was were be been being do does did has have had can could will would shall should may "
        "might must don't doesn't didn't can't couldn't won't wouldn't isn't aren't wasn't weren't"
    ),
    need_objects=_words(
        "want need give show tell put send let make set remind many several some any another these those"
    ),
    questions=_words("what where who whom which how why when what's where's who's how's"),
    conditions=_words("if unless although when whenever while because"),
    answers=_phrases(
        "yes, no, yeah, yep, nope, ok, okay, sure, thanks, thank you, hello, hi, hey, bye, goodbye, "
        "stop, please, right, correct, exactly, maybe, never, always, today, tomorrow, yesterday, now, "
        "later, nothing, none, everything, of course, that's all, that's it, i see, got it, go on, no "
        "thanks, no thank you, yes please, good morning, good afternoon, good evening, good night, never "
        "mind, i think so, i don't think so, i don't know, i hope so, why not, of course not, maybe not, "
        "probably not, i hope not, me too, not yet, not now, not really, cancel, continue, repeat, help, "
        "wait"
    ),
    digits=_words("oh zero one two three four five six seven eight nine double triple"),
    numbers=_words(
        "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty "
        "forty fifty sixty seventy eighty ninety hundred thousand"
    ),
    prepositions=_words("for from with about like at by against after before"),
    particles=_words("in on over around through"),
    particle_verbs=_words("turn turned switch come go put log sign keep move carry hold start play"),
    pronouns=_words("i you he she it we they there"),
)

_ITALIAN = Vocabulary(
    open_words=_words(
        "il lo la i gli le l un uno una del dello della dell dei degli delle al allo alla all ai agli "
        "alle dal dallo dalla dall dai dagli dalle nel nello nella nell nei negli nelle sul sullo sulla "
        "sull sui sugli sulle di a da in con su per tra fra senza e ed o oppure ma se che mentre poiché "
        "mio mia miei mie tuo tua tuoi tue suo sua suoi sue nostro nostra vostro vostra ogni qualche non "
        "molto"
    ),
    auxiliaries=_words("è ho ha hai abbiamo hanno era sarà può posso puoi"),
    need_objects=_words("vorrei voglio devo dovrei potrei potresti dammi dimmi mostrami metti manda"),
    questions=_words("che cosa chi dove quando come quanto quanti quante quale quali perché"),
    conditions=_words("se mentre poiché sebbene"),
    answers=_phrases(
        "sì, si, no, certo, ok, okay, va bene, grazie, ciao, buongiorno, buonasera, arrivederci, basta, "
        "esatto, forse, oggi, domani, ieri, adesso, niente, tutto, per favore, no grazie, sì grazie, "
        "aiuto, aspetta, non lo so, ho capito"
    ),
    digits=_words("zero uno due tre quattro cinque sei sette otto nove doppio"),
    numbers=_words(
        "dieci undici dodici venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento mille"
    ),
)

_PORTUGUESE = Vocabulary(
    open_words=_words(
        "o a os as um uma uns umas do da dos das no na nos nas ao à aos às de em com por para pelo pela "
        "pelos pelas sem sobre entre até e ou mas porque se que enquanto meu minha meus minhas seu sua "
        "seus suas teu tua nosso nossa cada muito num numa"
    ),
    auxiliaries=_words("é está estou são foi tem tenho vou vai pode posso era será"),
    need_objects=_words("quero queria gostaria preciso precisa devo mostre diga dá manda põe"),
    questions=_words("que quem onde quando como quanto quantos quantas qual quais porquê"),
    conditions=_words("se enquanto embora caso"),
    answers=_phrases(
        "sim, não, claro, ok, okay, está bem, tá bom, obrigado, obrigada, olá, oi, tchau, adeus, bom "
        "dia, boa tarde, boa noite, pare, exato, talvez, hoje, amanhã, ontem, agora, nada, tudo, por "
        "favor, não obrigado, ajuda, espere, não sei, entendi"
    ),
    digits=_words("zero um dois duas três quatro cinco seis meia sete oito nove"),
    numbers=_words(
        "dez onze doze vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem cento mil"
    ),
)

_SPANISH = Vocabulary(
    open_words=_words(
        "el la los las un una unos unas de del a al en con por para sin sobre entre hasta desde y e o u "
        "pero porque si que mientras mi mis tu tus su sus nuestro nuestra cada muy"
    ),
    auxiliaries=_words("es está estoy son fue tiene tengo voy va puede puedo era será he ha"),
    need_objects=_words("quiero quisiera necesito debo dame dime muéstrame pon manda"),
    questions=_words("qué quién dónde cuándo cómo cuánto cuántos cuántas cuál cuáles"),
    conditions=_words("si mientras aunque"),
    answers=_phrases(
        "sí, no, claro, ok, okay, vale, está bien, gracias, hola, adiós, buenos días, buenas tardes, "
        "buenas noches, exacto, quizás, hoy, mañana, ayer, ahora, nada, todo, por favor, no "
        "gracias, ayuda, espera, no sé, no lo sé, entiendo"
    ),
    digits=_words("cero uno dos tres cuatro cinco seis siete ocho nueve doble"),
    numbers=_words(
        "diez once doce veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento mil"
    ),
)

VOCABULARIES = {"en": _ENGLISH, "it": _ITALIAN, "pt": _PORTUGUESE, "es": _SPANISH}

UNKNOWN = Vocabulary(*[frozenset()] * 8)
"""A language whose words are not known here; punctuation still tells something."""
