"""The guide answers in the language of the session, in each of its languages as well as in English."""

from datetime import UTC, datetime

import msgspec
import pytest

from openvoicelive.chat.guide.folding import folded
from openvoicelive.chat.guide.guide import Guide
from openvoicelive.chat.guide.texts import load_texts
from openvoicelive.chat.interface import (
    ChatMessage,
    ChatRequest,
    FunctionTool,
    Message,
    TextDelta,
    ToolCallArguments,
    ToolResult,
)

NOW = datetime(2026, 11, 20, 14, 5, tzinfo=UTC)
ENGLISH = load_texts()["en"]
OTHERS = {tag: texts for tag, texts in load_texts().items() if tag != "en"}


def user(text: str) -> Message:
    return Message("user", text)


async def answer_to(*items: ChatMessage, language: str, now: datetime = NOW) -> str:
    guide = Guide(now=lambda: now, new_call_id=lambda: "call_1")
    request = ChatRequest("", items, language=language)
    return "".join([delta.text async for delta in guide.reply(request) if isinstance(delta, TextDelta)])


def answer_about(topic: str, language: str) -> str:
    return OTHERS[language].answers[topic]


QUESTIONS = {
    "it": [
        ("Come collego Azure?", "azure"),
        ("come si usa ollama", "ollama"),
        ("Posso collegare un altro modello?", "model"),
        ("Come uso un endpoint compatibile con OpenAI?", "model"),
        ("La mia voce viene inviata da qualche parte?", "privacy"),
        ("Dove vanno le mie parole?", "privacy"),
        ("Mi registri?", "privacy"),
        ("Come faccio a interromperti?", "interrupting"),
        ("Come posso cambiare la voce?", "voice"),
        ("Parla più piano", "voice"),
        ("Quali motori usi?", "engines"),
        ("Come funziona?", "engines"),
        ("Parli inglese?", "languages"),
        ("Che lingue sai?", "languages"),
        ("Dov'è il codice sorgente?", "source"),
        ("Quanto costa?", "source"),
        ("Chi ti ha fatto?", "source"),
        ("Non mi senti, che cosa faccio col microfono?", "microphone"),
        ("Come chiudo la conversazione?", "ending"),
        ("Che cosa sai fare?", "abilities"),
        ("Cosa posso chiederti?", "abilities"),
        ("Aiuto!", "abilities"),
        ("Chi sei?", "identity"),
        ("Sei un essere umano o sei un robot?", "identity"),
        ("Che cos'è questo?", "project"),
        ("Che cos\N{RIGHT SINGLE QUOTATION MARK}è openvoicelive?", "project"),
        ("Parlami di questo progetto", "project"),
        ("Ciao, come stai?", "wellbeing"),
        ("Grazie mille.", "thanks"),
        ("Arrivederci", "goodbye"),
        ("Basta.", "agreement"),
        ("Sì", "agreement"),
        ("Ciao!", "hello"),
        ("Buongiorno", "hello"),
    ],
    "pt": [
        ("Como eu conecto o Azure?", "azure"),
        ("como usar o ollama", "ollama"),
        ("Posso conectar outro modelo?", "model"),
        ("Como uso um endpoint compatível com a OpenAI?", "model"),
        ("A minha voz é enviada para algum lugar?", "privacy"),
        ("Para onde vai a minha voz?", "privacy"),
        ("Você me grava?", "privacy"),
        ("Como eu interrompo você?", "interrupting"),
        ("Como posso mudar a voz?", "voice"),
        ("Fale mais devagar", "voice"),
        ("Quais motores você usa?", "engines"),
        ("Como funciona?", "engines"),
        ("Você fala inglês?", "languages"),
        ("Que idiomas você sabe?", "languages"),
        ("Onde está o código-fonte?", "source"),
        ("Quanto custa?", "source"),
        ("Quem fez isso?", "source"),
        ("Você não me ouve, e o meu microfone?", "microphone"),
        ("Como eu encerro a conversa?", "ending"),
        ("O que você sabe fazer?", "abilities"),
        ("O que eu posso perguntar?", "abilities"),
        ("Me ajude", "abilities"),
        ("Quem é você?", "identity"),
        ("Você é um robô?", "identity"),
        ("O que é isto?", "project"),
        ("O que é o openvoicelive?", "project"),
        ("Me explique este projeto", "project"),
        ("Oi, tudo bem?", "wellbeing"),
        ("Muito obrigada.", "thanks"),
        ("Tchau", "goodbye"),
        ("Chega.", "agreement"),
        ("Não", "agreement"),
        ("Olá!", "hello"),
        ("Boa noite", "hello"),
    ],
    "es": [
        ("¿Cómo conecto Azure?", "azure"),
        ("cómo se usa ollama", "ollama"),
        ("¿Puedo conectar otro modelo?", "model"),
        ("¿Cómo uso un servicio compatible con OpenAI?", "model"),
        ("¿Mi voz se envía a alguna parte?", "privacy"),
        ("¿A dónde va mi voz?", "privacy"),
        ("¿Me grabas?", "privacy"),
        ("¿Cómo te interrumpo?", "interrupting"),
        ("¿Cómo puedo cambiar la voz?", "voice"),
        ("Habla más despacio", "voice"),
        ("¿Qué motores usas?", "engines"),
        ("¿Cómo funciona?", "engines"),
        ("¿Hablas inglés?", "languages"),
        ("¿Qué idiomas sabes?", "languages"),
        ("¿Dónde está el código fuente?", "source"),
        ("¿Cuánto cuesta?", "source"),
        ("¿Quién te hizo?", "source"),
        ("No me oyes, ¿qué pasa con el micrófono?", "microphone"),
        ("¿Cómo cierro la conversación?", "ending"),
        ("¿Qué sabes hacer?", "abilities"),
        ("¿Qué puedo preguntarte?", "abilities"),
        ("Ayuda", "abilities"),
        ("¿Quién eres?", "identity"),
        ("¿Eres un robot?", "identity"),
        ("¿Qué es esto?", "project"),
        ("¿Qué es openvoicelive?", "project"),
        ("Explícame este proyecto, ¿de qué trata?", "project"),
        ("Hola, ¿qué tal?", "wellbeing"),
        ("Muchas gracias.", "thanks"),
        ("Adiós", "goodbye"),
        ("Basta.", "agreement"),
        ("Sí", "agreement"),
        ("¡Hola!", "hello"),
        ("Buenas tardes", "hello"),
    ],
}


@pytest.mark.parametrize("language", OTHERS)
def test_every_topic_is_asked_for_in_these_tests(language: str) -> None:
    assert {topic for _, topic in QUESTIONS[language]} == ENGLISH.topics.keys()


@pytest.mark.parametrize(
    ("language", "question", "topic"),
    [(language, *asked) for language, questions in QUESTIONS.items() for asked in questions],
)
async def test_a_question_is_answered_in_its_language(language: str, question: str, topic: str) -> None:
    answer = answer_about(topic, language)
    assert await answer_to(user(question), language=language) == answer
    without_accents = folded(question)
    assert await answer_to(user(without_accents), language=f"{language}-XX") == answer


@pytest.mark.parametrize(
    ("language", "question", "answer"),
    [
        ("it", "Che ore sono?", "Sono le 14 e 5."),
        ("it", "Mi dici che ora è?", "Sono le 14 e 5."),
        ("it", "Che giorno è oggi?", "Oggi è venerdì 20 novembre 2026."),
        ("it", "Quanto fa tre per quattro?", "Fa 12."),
        ("it", "ventidue diviso quattro fa?", "Fa 5,5."),
        ("it", "Quant'è uno diviso tre", "Fa circa 0,3333."),
        ("it", "due meno cinque", "Fa meno 3."),
        ("it", "Quanto fa cinque diviso zero?", "Non si può dividere per zero."),
        ("it", "99 alla potenza di 60", "Questo numero è troppo grande per dirlo."),
        ("it", "Ripeti dopo di me: il cielo è blu.", "il cielo è blu."),
        ("it", "Di' buongiorno, Anna", "buongiorno, Anna"),
        ("it", "...", "Non ho sentito bene, puoi ripetere?"),
        ("pt", "Que horas são?", "São 14 horas e 5 minutos."),
        ("pt", "Me diga as horas", "São 14 horas e 5 minutos."),
        ("pt", "Diga que horas são", "São 14 horas e 5 minutos."),
        ("pt", "Que dia é hoje?", "Hoje é sexta-feira, 20 de novembro de 2026."),
        ("pt", "Quanto é três vezes quatro?", "Dá 12."),
        ("pt", "vinte e dois dividido por quatro", "Dá 5,5."),
        ("pt", "um dividido por três dá quanto?", "Dá aproximadamente 0,3333."),
        ("pt", "dois menos cinco", "Dá menos 3."),
        ("pt", "Quanto é cinco dividido por zero?", "Não se pode dividir por zero."),
        ("pt", "99 elevado a 60", "Esse número é grande demais para dizer."),
        ("pt", "Repita depois de mim: o céu é azul.", "o céu é azul."),
        ("pt", "Diga bom dia, Ana", "bom dia, Ana"),
        ("pt", "...", "Não entendi, pode repetir, por favor?"),
        ("es", "¿Qué hora es?", "Son las 2 y 5 de la tarde."),
        ("es", "Dime la hora", "Son las 2 y 5 de la tarde."),
        ("es", "¿Qué día es hoy?", "Hoy es viernes, 20 de noviembre de 2026."),
        ("es", "¿Cuánto es tres por cuatro?", "El resultado es 12."),
        ("es", "veintidós entre cuatro", "El resultado es 5,5."),
        ("es", "¿Cuánto es uno dividido por tres?", "El resultado es aproximadamente 0,3333."),
        ("es", "dos menos cinco", "El resultado es menos 3."),
        ("es", "¿Cuánto es cinco entre cero?", "No se puede dividir entre cero."),
        ("es", "99 elevado a 60", "Ese número es demasiado grande para decirlo."),
        ("es", "Repite después de mí: el cielo es azul.", "el cielo es azul."),
        ("es", "Di buenos días, Ana", "buenos días, Ana"),
        ("es", "...", "No te he entendido, ¿puedes repetirlo?"),
    ],
)
async def test_times_sums_and_repeating(language: str, question: str, answer: str) -> None:
    assert await answer_to(user(question), language=language) == answer


@pytest.mark.parametrize(
    ("language", "said", "again"),
    [
        ("it", "Fa 4.", "Puoi ripetere, per favore?"),
        ("pt", "Dá 4.", "Repita, por favor"),
        ("es", "El resultado es 4.", "¿Puedes repetir eso?"),
    ],
)
async def test_the_last_answer_is_said_again(language: str, said: str, again: str) -> None:
    spoken = Message("assistant", said)
    assert await answer_to(user("2 + 2"), spoken, user(again), language=language) == said


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("it", "Perché i gatti fanno le fusa?"),
        ("it", "A che ora parte il treno?"),
        ("it", "Che giorno è la festa?"),
        ("it", "Che data è lunedì prossimo?"),
        ("it", "Vorrei mandare un messaggio a Luca"),
        ("pt", "Por que os gatos ronronam?"),
        ("pt", "A que horas sai o trem?"),
        ("pt", "Que dia é a festa?"),
        ("pt", "Que data é segunda que vem?"),
        ("pt", "Fale sobre gatos"),
        ("es", "¿Por qué ronronean los gatos?"),
        ("es", "¿A qué hora sale el tren?"),
        ("es", "¿Qué día es la fiesta?"),
        ("es", "¿Qué fecha es el lunes que viene?"),
        ("es", "¿Qué tiempo hace en Madrid?"),
    ],
)
async def test_what_it_does_not_know_it_says_in_one_sentence_with_what_to_do(
    language: str, question: str
) -> None:
    answer = await answer_to(user(question), language=language)
    assert answer == OTHERS[language].says.not_known.format(text=question.strip("¿?"))
    assert "VOICE_LIVE_CHAT_URL" in answer
    assert answer.count(".") == 1


@pytest.mark.parametrize("language", OTHERS)
async def test_english_words_are_understood_and_answered_in_the_language_of_the_session(
    language: str,
) -> None:
    texts = OTHERS[language]
    assert await answer_to(user("What can you do?"), language=language) == answer_about("abilities", language)
    assert await answer_to(user("What time is it?"), language=language) == texts.time(NOW)
    assert (
        await answer_to(user("What is five divided by zero?"), language=language)
        == texts.says.division_by_zero
    )
    assert await answer_to(user("What is 1,000 plus 0.5?"), language=language) == texts.says.result.format(
        number="1000,5"
    )
    assert await answer_to(language=language) == texts.says.greeting


async def test_letters_and_accents_may_come_apart() -> None:
    decomposed = "Ripeti: perche\N{COMBINING ACUTE ACCENT} no"
    assert await answer_to(user(decomposed), language="it") == "perché no"


@pytest.mark.parametrize(
    ("language", "times"),
    [
        (
            "it",
            {
                (0, 0): "È mezzanotte.",
                (0, 30): "È mezzanotte e 30.",
                (1, 1): "È l'una e 1.",
                (12, 15): "È mezzogiorno e 15.",
                (21, 0): "Sono le 21.",
            },
        ),
        (
            "pt",
            {
                (0, 0): "É meia-noite.",
                (1, 1): "É uma hora e 1 minuto.",
                (2, 0): "São duas horas.",
                (12, 15): "É meio-dia e 15 minutos.",
                (22, 40): "São vinte e duas horas e 40 minutos.",
            },
        ),
        (
            "es",
            {
                (0, 0): "Son las 12 de la noche.",
                (1, 20): "Es la una y 20 de la madrugada.",
                (8, 0): "Son las 8 de la mañana.",
                (12, 15): "Son las 12 y 15 del mediodía.",
                (13, 0): "Es la una de la tarde.",
                (21, 1): "Son las 9 y 1 de la noche.",
            },
        ),
    ],
)
def test_times_are_said_as_people_say_them(language: str, times: dict[tuple[int, int], str]) -> None:
    for (hour, minute), said in times.items():
        assert OTHERS[language].time(NOW.replace(hour=hour, minute=minute)) == said


def test_the_first_of_a_month_has_a_name() -> None:
    first = NOW.replace(month=3, day=1)
    assert OTHERS["it"].date(first, 0) == "Oggi è domenica primo marzo 2026."
    assert OTHERS["pt"].date(first, 0) == "Hoje é domingo, primeiro de março de 2026."
    assert OTHERS["es"].date(first, 0) == "Hoy es domingo, 1 de marzo de 2026."


DAYS = {
    "it": {
        "Domani è sabato 21 novembre 2026.": (
            "Che giorno è domani?",
            "Che data sarà domani?",
            "Qual è la data di domani?",
            "Domani che giorno è?",
            "Che giorno della settimana è domani, per favore?",
            "Quanti ne avremo domani?",
        ),
        "Dopodomani è domenica 22 novembre 2026.": ("Che giorno è dopodomani?",),
        "Ieri era giovedì 19 novembre 2026.": ("Che giorno era ieri?", "Qual era la data di ieri?"),
        "L'altro ieri era mercoledì 18 novembre 2026.": (
            "Che giorno era l'altro ieri?",
            "Che giorno era ieri l'altro?",
        ),
        "Oggi è venerdì 20 novembre 2026.": (
            "Che giorno è?",
            "Mi sai dire la data di oggi?",
            "Quanti ne abbiamo?",
        ),
    },
    "pt": {
        "Amanhã é sábado, 21 de novembro de 2026.": (
            "Que dia é amanhã?",
            "Qual será a data de amanhã?",
            "Amanhã é que dia?",
            "Que dia da semana é amanhã, por favor?",
        ),
        "Depois de amanhã é domingo, 22 de novembro de 2026.": ("Que dia é depois de amanhã?",),
        "Ontem foi quinta-feira, 19 de novembro de 2026.": (
            "Que dia foi ontem?",
            "Qual foi a data de ontem?",
        ),
        "Anteontem foi quarta-feira, 18 de novembro de 2026.": (
            "Que dia foi anteontem?",
            "Que dia foi antes de ontem?",
        ),
        "Hoje é sexta-feira, 20 de novembro de 2026.": (
            "Que dia é?",
            "Qual é a data de hoje?",
            "Hoje é que dia?",
        ),
    },
    "es": {
        "Mañana es sábado, 21 de noviembre de 2026.": (
            "¿Qué día es mañana?",
            "¿Qué fecha será mañana?",
            "¿Cuál es la fecha de mañana?",
            "¿Mañana qué día es?",
            "¿Qué día de la semana es mañana, por favor?",
            "¿A qué estaremos mañana?",
        ),
        "Pasado mañana es domingo, 22 de noviembre de 2026.": ("¿Qué día es pasado mañana?",),
        "Ayer fue jueves, 19 de noviembre de 2026.": ("¿Qué día fue ayer?", "¿Qué fecha fue ayer?"),
        "Anteayer fue miércoles, 18 de noviembre de 2026.": (
            "¿Qué día fue anteayer?",
            "¿Qué día fue antes de ayer?",
        ),
        "Hoy es viernes, 20 de noviembre de 2026.": ("¿Qué día es?", "¿A qué día estamos?", "Dime la fecha"),
    },
}


@pytest.mark.parametrize(
    ("language", "question", "answer"),
    [
        (language, question, answer)
        for language, answers in DAYS.items()
        for answer, questions in answers.items()
        for question in questions
    ],
)
async def test_the_day_that_is_asked_for_is_told(language: str, question: str, answer: str) -> None:
    assert await answer_to(user(question), language=language) == answer
    assert await answer_to(user(folded(question)), language=language) == answer


@pytest.mark.parametrize(
    ("language", "request_", "asked"),
    [
        ("it", "Ripeti dopo di me", "Che cosa devo ripetere?"),
        ("it", "Puoi ripetere quello che dico?", "Che cosa devo ripetere?"),
        ("pt", "Repita depois de mim, por favor.", "O que devo repetir?"),
        ("pt", "Repita o que eu digo", "O que devo repetir?"),
        ("es", "Repite conmigo", "¿Qué quieres que repita?"),
        ("es", "Repite después de mí.", "¿Qué quieres que repita?"),
        ("es", "Repeat after me", "¿Qué quieres que repita?"),
    ],
)
async def test_who_does_not_say_what_to_repeat_is_asked_and_then_repeated(
    language: str, request_: str, asked: str
) -> None:
    assert await answer_to(user(request_), language=language) == asked
    spoken = Message("assistant", asked)
    assert await answer_to(user(request_), spoken, user("Ollama"), language=language) == "Ollama"


@pytest.mark.parametrize(
    ("language", "question", "place"),
    [
        ("it", "Che tempo fa a São Paulo oggi?", "São Paulo"),
        ("pt", "Como está o tempo em Brasília hoje?", "Brasília"),
        ("es", "¿Qué tiempo hace en Málaga mañana?", "Málaga"),
    ],
)
async def test_a_function_that_must_be_called_gets_the_users_words(
    language: str, question: str, place: str
) -> None:
    tool = FunctionTool("weather", None, {"properties": {"place": {"type": "string"}}})
    guide = Guide(now=lambda: NOW, new_call_id=lambda: "call_1")
    request = ChatRequest("", (user(question),), (tool,), "required", language=language)
    [arguments] = [
        delta.delta async for delta in guide.reply(request) if isinstance(delta, ToolCallArguments)
    ]
    assert msgspec.json.decode(arguments) == {"place": place}


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("it", "Ecco la risposta: gradi è 21,5, pioggia è vero."),
        ("pt", "Aqui está a resposta: gradi é 21,5, pioggia é verdadeiro."),
        ("es", "Esta es la respuesta: gradi es 21,5, pioggia es verdadero."),
    ],
)
async def test_what_a_function_gave_is_read_out(language: str, answer: str) -> None:
    output = ToolResult(call_id="1", output='{"gradi": 21.5, "pioggia": true}')
    assert await answer_to(output, language=language) == answer
