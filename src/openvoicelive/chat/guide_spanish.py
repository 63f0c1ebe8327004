"""What the guide says in Spanish, in words that are at home in Spain and in America."""

from datetime import datetime

from openvoicelive.chat.arithmetic import SpokenMathematics
from openvoicelive.chat.guide_phrases import Phrases, Topic
from openvoicelive.chat.spoken_dates import SpokenDates

_MATHEMATICS = SpokenMathematics(
    units={
        "cero": 0,
        "un": 1,
        "uno": 1,
        "una": 1,
        "dos": 2,
        "tres": 3,
        "cuatro": 4,
        "cinco": 5,
        "seis": 6,
        "siete": 7,
        "ocho": 8,
        "nueve": 9,
        "diez": 10,
        "once": 11,
        "doce": 12,
        "trece": 13,
        "catorce": 14,
        "quince": 15,
        "dieciseis": 16,
        "diecisiete": 17,
        "dieciocho": 18,
        "diecinueve": 19,
    },
    # "veinti" begins what is written as one word: "veintidós".
    tens={
        "veinte": 20,
        "veinti": 20,
        "treinta": 30,
        "cuarenta": 40,
        "cincuenta": 50,
        "sesenta": 60,
        "setenta": 70,
        "ochenta": 80,
        "noventa": 90,
        "cien": 100,
        "ciento": 100,
        "doscientos": 200,
        "trescientos": 300,
        "cuatrocientos": 400,
        "quinientos": 500,
        "seiscientos": 600,
        "setecientos": 700,
        "ochocientos": 800,
        "novecientos": 900,
    },
    scales={"mil": 1000, "millon": 1_000_000, "millones": 1_000_000},
    joiner="y",
    points=("coma", "punto"),
    decimal_sign=",",
    thousands_sign=".",
    minus="menos ",
    operators=(
        (r"(?:\bpor ?ciento|%) (?:del?|de la)\b", "%"),
        (r"\b(?:elevado (?:a la potencia(?: de)?|a la|al|a)|a la potencia(?: de)?)(?= )", "^"),
        (r"\bal cuadrado\b", "^ 2"),
        (r"\bal cubo\b", "^ 3"),
        (r"\b(?:la )?raiz(?: cuadrada)? del?\b", "r"),
        (r"\b(?:dividido (?:por|entre)|entre|sobre)\b", "/"),
        (r"\b(?:multiplicado por|por(?! favor)|veces)\b", "*"),
        (r"\bmas\b", "+"),
        (r"\bmenos\b", "-"),
    ),
    asking=(
        r"^(?:(?:por favor|oye|hola|entonces|ok|y|puedes|sabes|me dices|dime|decirme"
        r"|cuanto (?:es|son|da|suman?|vale)|cual es|calcular?|el resultado de|el)(?!\w)[\s,:]*)+"
        r"|\b(?:es igual a|igual a|es|son|da|cuanto|por favor|gracias)\b[^\d+*/^-]*$"
    ),
)

_TOPICS = (
    Topic(
        "ollama",
        r"\bollama\b|\bmodelo (?:de lenguaje )?local\b",
        "Inicia Ollama con un modelo en esta máquina y reinicia el programa: lo encuentro en su puerto "
        "habitual. Si está en otro lugar, define VOICE_LIVE_CHAT_URL con su dirección.",
    ),
    Topic(
        "azure",
        r"\bazure\b|\bnube\b|\bcloud\b",
        "Define AZURE_VOICE_LIVE_ENDPOINT con tu punto de conexión y VOICE_LIVE_MODEL con un modelo, y "
        "reinicia el programa. Para la clave define AZURE_VOICE_LIVE_API_KEY, o inicia sesión con la línea "
        "de comandos de Azure.",
    ),
    Topic(
        "model",
        r"\bopen ?ai\b|\bmodelo de chat\b|\bcompatibles?\b"
        r"|\b(?:conect\w*|us(?:o|a|ar|e)|agreg\w*|anad\w*|configur\w*|pon(?:er|go)|defin\w*)\b.*"
        r"\b(?:modelos?|llm|gpt|llama|chat)\b",
        "Define VOICE_LIVE_CHAT_URL con cualquier servicio compatible con OpenAI, y VOICE_LIVE_CHAT_MODEL "
        "con el nombre del modelo. Si pide una clave, define VOICE_LIVE_CHAT_API_KEY. Después reinicia "
        "el programa.",
    ),
    Topic(
        "privacy",
        r"\bprivacidad\b|\bprivad[oa]s?\b|\bespi(?:a|as|ar|ando)\b|\bme (?:estas )?(?:grab|espi)\w*"
        r"|\b(?:voz|datos|palabras|audio|conversacion)\b.*"
        r"\b(?:envi\w*|mand\w*|va|van|grab\w*|guard\w*|almacen\w*|sub(?:e|en|ir))\b"
        r"|\b(?:envi\w*|mand\w*|va|van|grab\w*|guard\w*|almacen\w*|sub(?:e|en|ir))\b.*"
        r"\b(?:voz|datos|palabras|audio|conversacion)\b",
        "Tu voz llega a la máquina en la que funciona este servicio, y de ahí no sale. "
        "Allí se escucha, se entiende y se responde.",
    ),
    Topic(
        "interrupting",
        r"\binterrump\w*|\binterrup\w*|\b(?:callarte|pararte|detenerte|callate)\b|\bdej\w* de hablar\b"
        r"|\bhablar(?:te)? encima\b",
        "Basta con que hables mientras yo hablo, y me detengo. "
        "Solo recuerdo las palabras que de verdad oíste.",
    ),
    Topic(
        "voice",
        r"\b(?:cambi\w*|eleg\w*|elij\w*|escog\w*|otras?|mejor\w*|defin\w*|tu)\b.*\bvo(?:z|ces)\b"
        r"|\bvo(?:z|ces) (?:diferente|distinta|mejor)\w*"
        r"|\bhabl\w+ (?:mas )?(?:despacio|lento|rapido|deprisa)\b",
        "Define VOICE_LIVE_VOICE con un nombre como es-ES-ElviraNeural y reinicia el programa. "
        "En esta máquina uso la voz instalada que más se le parece.",
    ),
    Topic(
        "engines",
        r"\bmotor(?:es)?\b|\bcomo (?:funciona\w*|oyes|escuchas|hablas|entiendes)\b"
        r"|\b(?:reconocimiento|sintesis) (?:de )?(?:la )?(?:voz|habla)\b",
        "Silero nota cuándo hablas, Moonshine o pocketsphinx convierte la voz en palabras, y flite o espeak "
        "les da voz a las respuestas. Todos funcionan en la máquina del servicio, sin tarjeta gráfica.",
    ),
    Topic(
        "languages",
        r"\bidiomas?\b|\blenguas?\b"
        r"|\b(?:habl\w*|entiend\w*|en) .*\b(?:espanol|ingles|italiano|portugues|frances|aleman|chino)\b",
        "Como guía respondo en español, inglés, italiano o portugués, según el idioma de la sesión. "
        "Con un modelo de chat, la respuesta puede estar en cualquier idioma que el modelo escriba y que "
        "hable una voz instalada.",
    ),
    Topic(
        "source",
        r"\bcodigo\b|\blicencia\b|\brepositorio\b|\bgithub\b|\bopen source\b|\bgratis\b|\bgratuit\w*"
        r"|\bquien (?:te |lo |la )?(?:hizo|escribio|creo|construyo|desarrollo|ha (?:hecho|escrito|creado))\b"
        r"|\bcuest\w*|\bprecio\b",
        "Este proyecto es gratuito y de código abierto, con licencia MIT. El código fuente está en el lugar "
        "desde el que se instaló.",
    ),
    Topic(
        "microphone",
        r"\bmicrofono\b|\bno (?:puedes )?(?:me )?(?:oyes|oirme|escuchas|escucharme)\b",
        "Permite el micrófono para esta página, y comprueba en el navegador que esté elegido el correcto. "
        "Después vuelve a iniciar la sesión.",
    ),
    Topic(
        "ending",
        r"\b(?:termin\w*|acab\w*|cerrar|cierr\w*|finaliz\w*|salir|salgo|cort\w*|colgar|par(?:o|ar)|deten\w*)\b.*"
        r"\b(?:sesion|conversacion|llamada)\b",
        "Termina la sesión en la página, y el micrófono se apaga.",
    ),
    Topic(
        "abilities",
        r"\bque (?:sabes|puedes|puedo|podrias|podria|deberia) (?:hacer|decir\w*|preguntar\w*|saber)\b"
        r"|\bque sabes\W*$|\bayud\w*|\bsabes hacer\b",
        "Puedo explicarte cómo conectar Azure, Ollama u otro modelo, y cómo funciona este proyecto. "
        "También digo la hora y la fecha, hago cuentas y repito lo que digas.",
    ),
    Topic(
        "identity",
        r"\b(?:quien|que) eres\b|\bcomo te llamas\b|\btu nombre\b"
        r"|\beres (?:un |una )?(?:human\w*|persona|robot|ia|real|modelo|gpt|bot|inteligencia)\b",
        "Soy la guía de openvoicelive, un pequeño programa sin modelo de lenguaje. "
        "Respondo sobre este proyecto hasta que conectes un modelo.",
    ),
    Topic(
        "project",
        r"\bopen ?voice ?live\b|\bvoice live\b|\bque es es(?:o|to|te|ta)\b"
        r"|\b(?:que|sobre|explica\w*|trata)\b.*"
        r"\best[ea] (?:proyecto|programa|pagina|servicio|app|aplicacion|cosa)\b",
        "Esto es openvoicelive. Hablas con un agente en el navegador, a través de Azure Voice Live o en una "
        "máquina tuya.",
    ),
    Topic(
        "wellbeing",
        r"\b(?:como estas|como te va|que tal)\b",
        "Muy bien, gracias. Pregúntame qué sé hacer.",
    ),
    Topic("thanks", r"\bgracias\b", "De nada."),
    Topic(
        "goodbye",
        r"\b(?:adios|hasta (?:luego|pronto|manana|la vista)|nos vemos|chao)\b",
        "Hasta luego. Para terminar, cierra la sesión en la página.",
    ),
    Topic(
        "agreement",
        r"^\W*(?:para|alto|basta|silencio|si|no|ok|okay|vale|bien|de acuerdo|entendido|listo|claro)\W*$",
        "De acuerdo.",
    ),
    Topic(
        "hello",
        r"^\W*(?:hola|buenas|buenos dias|buen dia|oye|hey)\b",
        "Hola. Soy la guía de openvoicelive. Pregúntame qué sé hacer.",
    ),
)

_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


def _time(now: datetime) -> str:
    hour = now.hour % 12 or 12
    said = "Es la una" if hour == 1 else f"Son las {hour}"
    minutes = f" y {now.minute}" if now.minute else ""
    return f"{said}{minutes} {_part_of_day(now.hour)}."


def _part_of_day(hour: int) -> str:
    if hour == 12:
        return "del mediodía"
    if 1 <= hour < 6:
        return "de la madrugada"
    if 6 <= hour < 12:
        return "de la mañana"
    return "de la tarde" if 13 <= hour < 20 else "de la noche"


_DAYS_AWAY = {-2: "Anteayer fue", -1: "Ayer fue", 0: "Hoy es", 1: "Mañana es", 2: "Pasado mañana es"}


def _date(day: datetime, away: int) -> str:
    name, month = _DAYS[day.weekday()], _MONTHS[day.month - 1]
    return f"{_DAYS_AWAY[away]} {name}, {day.day} de {month} de {day.year}."


_DATES = SpokenDates(
    questions=(
        r"que (?:dia|fecha)",
        r"cual (?:es|fue|era|sera) la fecha",
        r"a (?:que|cuanto) (?:dia )?(?:estamos|estaremos)",
        r"fecha de <day>",
        r"(?:dime|decirme|sabes) la fecha",
    ),
    days={
        "pasado manana": 2,
        "antes de ayer": -2,
        "anteayer": -2,
        "antier": -2,
        "manana": 1,
        "ayer": -1,
        "hoy": 0,
    },
    further=("de la semana", "del mes", "es", "fue", "era", "sera", "tenemos", "estamos", "estaremos", "de"),
    end="por favor|ahora",
    say=_date,
)


SPANISH = Phrases(
    topics=_TOPICS,
    greeting="Hola. Soy la guía de openvoicelive. Pregúntame qué sé hacer.",
    not_heard="No te he entendido, ¿puedes repetirlo?",
    not_known=(
        "He entendido: {text}, pero yo solo soy la guía, así que, para una respuesta, conecta un modelo con "
        "VOICE_LIVE_CHAT_URL o inicia Ollama."
    ),
    again=(
        r"^\W*(?:(?:por favor|puedes|podrias)\W+)*(?:repite(?:lo)?|repetir(?:lo)?|dilo (?:otra vez|de nuevo)"
        r"|que (?:has dicho|dijiste)|como)\W*(?:por favor|otra vez|de nuevo|eso)?\W*$"
    ),
    repeat=(
        r"^\W*(?:(?:por favor|puedes|podrias|oye)\W+)*(?:repite|repetir|di|decir)"
        r"(?:(?: (?:conmigo|(?:despues|detras) de mi|lo que (?:yo )?dig[ao]))(?:\W+por favor)?\W*$|\W*$"
        r"|(?: (?:conmigo|(?:despues|detras) de mi))?+[\s:,]+"
        r"(?!(?:me |que |la hora|la fecha|lo que|cuanto))(?P<words>\S.*)$)"
    ),
    repeat_what="¿Qué quieres que repita?",
    time_asked=(
        r"\bque horas? (?:es|son|tienes)\b|\b(?:dime|decirme|dices|sabes|tienes) (?:la hora|que hora)\b"
        r"|\bque hora\W*$"
    ),
    time=_time,
    dates=_DATES,
    mathematics=_MATHEMATICS,
    result="El resultado es {number}.",
    rounded_result="El resultado es aproximadamente {number}.",
    division_by_zero="No se puede dividir entre cero.",
    too_large="Ese número es demasiado grande para decirlo.",
    tool_answer="Esta es la respuesta: {text}.",
    tool_empty="Listo.",
    pair="{name} es {value}",
    yes="verdadero",
    no="falso",
    place=(
        r"\b(?:en|para|sobre|de|del|cerca de)\s+(?P<words>[^?.!,]+?)"
        r"(?:\s+(?:hoy|manana|ahora|por favor))?\W*$"
    ),
)
