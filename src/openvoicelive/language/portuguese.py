"""Portuguese, as it is spoken in Brazil."""

from openvoicelive.language.interface import (
    HESITATIONS,
    Language,
    NumberWords,
    SentenceWords,
    counted,
    phrases,
    words,
)

LANGUAGE = Language(
    tag="pt",
    hesitations=HESITATIONS - words("um em"),  # "a" or "one", and "in"
    fillers=words("ahn hã hein hum né oh"),
    backchannels=phrases(
        "aham, uhum, sim, sim sim, claro, certo, ok, okay, tá, tá bom, isso, isso mesmo, entendi, sei, "
        "legal, pois é, verdade, beleza"
    ),
    sentence=SentenceWords(
        open_words=words(
            "o a os as um uma uns umas do da dos das no na nos nas ao à aos às de em com por para pelo pela "
            "pelos pelas sem sobre entre até e ou mas porque se que enquanto meu minha meus minhas seu sua "
            "seus suas teu tua nosso nossa cada muito num numa"
        ),
        auxiliaries=words("é está estou são foi tem tenho vou vai pode posso era será"),
        need_objects=words("quero queria gostaria preciso precisa devo mostre diga dá manda põe"),
        questions=words("que quem onde quando como quanto quantos quantas qual quais porquê"),
        conditions=words("se enquanto embora caso"),
        answers=phrases(
            "sim, não, claro, ok, okay, está bem, tá bom, obrigado, obrigada, olá, oi, tchau, adeus, bom "
            "dia, boa tarde, boa noite, pare, exato, talvez, hoje, amanhã, ontem, agora, nada, tudo, por "
            "favor, não obrigado, ajuda, espere, não sei, entendi"
        ),
        digits=words("zero um dois duas três quatro cinco seis meia sete oito nove"),
        numbers=words(
            "dez onze doze vinte trinta quarenta cinquenta sessenta setenta oitenta noventa cem cento mil"
        ),
    ),
    phrase_openers=words("como mas ou porque quando que se"),
    abbreviations=words("cf dr dra fig prof profa sr sra vol"),
    times="vezes",
    interim_phrases=("Um momento, por favor.",),
    numbers=NumberWords(
        units=counted(
            "zero um|uma dois|duas tres quatro cinco seis sete oito nove dez onze doze treze "
            "quatorze|catorze quinze dezesseis dezessete dezoito dezenove"
        ),
        tens=counted("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa", first=20, step=10)
        | counted(
            "cem|cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos "
            "novecentos",
            first=100,
            step=100,
        ),
        scales={
            "mil": 1000,
            **dict.fromkeys(("milhao", "milhoes"), 1_000_000),
            **dict.fromkeys(("bilhao", "bilhoes"), 1_000_000_000),
        },
        joiner="e",
        decimal_points=words("virgula ponto"),
        decimal_sign=",",
        thousands_sign=".",
    ),
    months=(
        *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
        *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
    ),
    weekdays=(
        *("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira"),
        *("sábado", "domingo"),
    ),
)
