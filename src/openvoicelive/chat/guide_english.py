"""What the guide says in English."""

from datetime import datetime

from openvoicelive.chat.arithmetic import SpokenMathematics
from openvoicelive.chat.guide_phrases import Phrases, Topic
from openvoicelive.chat.spoken_dates import SpokenDates

_MATHEMATICS = SpokenMathematics(
    units={
        "zero": 0,
        "one": 1,
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "six": 6,
        "seven": 7,
        "eight": 8,
        "nine": 9,
        "ten": 10,
        "eleven": 11,
        "twelve": 12,
        "thirteen": 13,
        "fourteen": 14,
        "fifteen": 15,
        "sixteen": 16,
        "seventeen": 17,
        "eighteen": 18,
        "nineteen": 19,
    },
    tens={
        "twenty": 20,
        "thirty": 30,
        "forty": 40,
        "fifty": 50,
        "sixty": 60,
        "seventy": 70,
        "eighty": 80,
        "ninety": 90,
    },
    scales={"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000},
    joiner="and",
    points=("point",),
    decimal_sign=".",
    thousands_sign=",",
    minus="-",
    operators=(
        (r"\bto the power of\b", "^"),
        (r"\bsquared\b", "^ two"),
        (r"\bcubed\b", "^ three"),
        (r"\b(?:the )?square root of\b", "r"),
        (r"(?:\bpercent|%) of\b", "%"),
        (r"\b(?:multiplied by|times)\b", "*"),
        (r"\b(?:divided by|over)\b", "/"),
        (r"\bplus\b", "+"),
        (r"\b(?:minus|less|negative)\b", "-"),
    ),
    asking=(
        r"^(?:(?:please|so|and|okay|hey|hello|can you|could you|tell me|what's|what is|whats|how much "
        r"is|calculate|"
        r"compute|add up|the result of|solve)\b[\s,]*)+|\b(?:equals?|please|make)\b.*$"
    ),
)

_TOPICS = (
    Topic(
        "ollama",
        r"\bollama\b|\blocal (?:language )?model\b",
        "Start Ollama with a model on this machine, and start me again. I find it on its usual port by "
        "myself. If it is elsewhere, set VOICE_LIVE_CHAT_URL to its address.",
    ),
    Topic(
        "azure",
        r"\bazure\b|\bcloud\b",
        "Set AZURE_VOICE_LIVE_ENDPOINT to your endpoint and VOICE_LIVE_MODEL to a model, and start again. "
        "For the key set AZURE_VOICE_LIVE_API_KEY, or sign in with the Azure command line.",
    ),
    Topic(
        "model",
        r"\bopen ?ai\b|\bchat model\b|\bcompatible\b"
        r"|\b(?:connect|use|add|set up|attach|get)\b.*\b(?:model|llm|gpt|llama|chat)\b",
        "Set VOICE_LIVE_CHAT_URL to any OpenAI-compatible endpoint, and VOICE_LIVE_CHAT_MODEL to the "
        "model's name. If it wants a key, set VOICE_LIVE_CHAT_API_KEY. Then start again.",
    ),
    Topic(
        "privacy",
        r"\b(?:private|privacy|spy(?:ing)?|listening to me)\b"
        r"|\b(?:voice|data|words|audio|sound|conversation|this|recordings?|me)\b.*"
        r"\b(?:sent|send|go|going|stored?|record(?:ed|ing)|saved?|kept|leaves?|uploaded)\b"
        r"|\b(?:send|store|record|save|keep|upload)\b.*\b(?:voice|data|words|audio|sound|conversation|me)\b",
        "Your voice goes to the machine that runs this service, and no further. "
        "It is heard, understood and answered there.",
    ),
    Topic(
        "interrupting",
        r"\binterrupt|\b(?:cut|break) in\b|\bstop (?:you|talking|speaking)\b|\bshut up\b",
        "Just speak while I am talking, and I stop. I remember only the words that you really heard.",
    ),
    Topic(
        "voice",
        r"\b(?:change|choose|different|another|other|better|set|your)\b.*\bvoices?\b"
        r"|\bsound like\b|\bspeak (?:slower|faster)\b",
        "Set VOICE_LIVE_VOICE to a name such as en-US-AndrewNeural, and start again. "
        "On this machine I take the nearest voice that is installed.",
    ),
    Topic(
        "engines",
        r"\bengines?\b|\bhow (?:do you|does (?:this|it|that)) (?:work|hear|speak|understand)\b"
        r"|\bspeech (?:recognition|synthesis)\b|\bwhat runs\b",
        "Silero hears when you speak, Moonshine or pocketsphinx turns it into words, and flite or espeak "
        "speaks. All of them run on the machine of the service, without a graphics card.",
    ),
    Topic(
        "languages",
        r"\blanguages?\b"
        r"|\b(?:speak|understand|talk|in) .*\b(?:italian|spanish|portuguese|french|german|chinese)\b",
        "As the guide I answer in English, Italian, Portuguese or Spanish, whichever the session is in. "
        "With a chat model, the answer can be in any language that it writes and that an installed voice "
        "speaks.",
    ),
    Topic(
        "source",
        r"\bsource\b|\blicen[cs]e|\brepository\b|\bgithub\b|\bwho (?:made|wrote|built|owns)\b"
        r"|\b(?:is (?:it|this)|are you) free\b|\bcost\b|\bprice\b",
        "I am free and open source, under the MIT licence. The source is where I was installed from.",
    ),
    Topic(
        "microphone",
        r"\bmicrophone\b|\bcan(?:no|')t hear\b|\bdon't hear\b",
        "Allow the microphone for this page in your browser, and check that the right one is chosen. "
        "Then press Start session again.",
    ),
    Topic(
        "ending",
        r"\b(?:end|stop|close|leave|quit)\b.*\b(?:session|conversation|call)\b",
        "Press Stop session on the page, and the microphone is off.",
    ),
    Topic(
        "abilities",
        r"\bwhat (?:can|do|should|could) (?:you|i) (?:do|know|ask|say)\b|\bhelp\b|\bwhat are you able\b",
        "I can tell you how to connect Azure, Ollama or another model, and how this project works. "
        "I can also tell the time and the date, do sums, and repeat what you say.",
    ),
    Topic(
        "identity",
        r"\b(?:who|what) are you\b|\byour name\b"
        r"|\bare you (?:an? )?(?:human|person|robot|ai|real|model|gpt)\b",
        "I am the guide of openvoicelive, a small program without a language model. "
        "I answer about this project until you connect a model.",
    ),
    Topic(
        "project",
        r"\bopen ?voice ?live\b|\bvoice live\b|\bwhat is this\b"
        r"|\b(?:what|about|explain)\b.*\bthis (?:project|program|page|service|app|thing)\b",
        "This is openvoicelive. You talk with an agent in the browser, through Azure Voice Live or on a "
        "machine of your own.",
    ),
    Topic(
        "wellbeing",
        r"\bhow are you\b|\bhow is it going\b|\bwhat's up\b",
        "I am fine, thank you. Ask me what I can do.",
    ),
    Topic("thanks", r"\b(?:thanks|thank you)\b", "You are welcome."),
    Topic("goodbye", r"\b(?:bye|goodbye|good night|see you)\b", "Goodbye. Press Stop session to end."),
    Topic("agreement", r"^\W*(?:stop|quiet|enough|yes|no|ok|okay|right|fine)\W*$", "All right."),
    Topic(
        "hello",
        r"^\W*(?:hello|hi|hey|good (?:morning|afternoon|evening|day))\b",
        "Hello. I am the guide of openvoicelive. Ask me what I can do.",
    ),
)


def _time(now: datetime) -> str:
    return f"It is {now.hour % 12 or 12}:{now.minute:02d} {'AM' if now.hour < 12 else 'PM'}."


_DAYS_AWAY = {
    -2: "The day before yesterday was",
    -1: "Yesterday was",
    0: "Today is",
    1: "Tomorrow is",
    2: "The day after tomorrow is",
}


def _date(day: datetime, away: int) -> str:
    return f"{_DAYS_AWAY[away]} {day:%A}, {day:%B} {day.day}, {day.year}."


_DATES = SpokenDates(
    questions=(
        r"what(?:'?s| is| was| will be)? (?:the )?(?:date|day|weekday)",
        r"which (?:date|day|weekday)",
        r"(?:tell me|know) the (?:date|day)",
        r"(?:day|date) is (?:it|today)",
        r"<day>'s date",
        r"what(?:'?s| is| was| will be) (?:the )?<day>",
    ),
    days={
        "day after tomorrow": 2,
        "day before yesterday": -2,
        "tomorrow": 1,
        "yesterday": -1,
        "today": 0,
    },
    further=("of the (?:week|month)", "is", "was", "will", "be", "it", "of", "on", "for", "the", "and time"),
    end="please|now|right now|again|then",
    say=_date,
)


ENGLISH = Phrases(
    topics=_TOPICS,
    greeting="Hello. I am the guide of openvoicelive. Ask me what I can do.",
    not_heard="I did not catch that, please say it again.",
    not_known=(
        "I understood: {text}, but I am only the guide, so connect a model with VOICE_LIVE_CHAT_URL, "
        "or start Ollama, for an answer."
    ),
    again=(
        r"^\W*(?:please |can you |could you )*"
        r"(?:(?:say|repeat) (?:it|that)(?: again)?|repeat|what did you say)\b\W*(?:please)?\W*$"
    ),
    repeat=(
        r"^\W*(?:(?:please|can you|could you|hey)\W+)*(?:repeat|say)"
        r"(?:(?: after me| what i say)(?:\W+please)?\W*$|\W*$|(?: after me)?+[\s:,]+(?P<words>\S.*)$)"
    ),
    repeat_what="What shall I repeat?",
    time_asked=r"\bwhat(?:'s| is)? (?:the )?time\b|\btime is it\b|\btell me the time\b",
    time=_time,
    dates=_DATES,
    mathematics=_MATHEMATICS,
    result="That is {number}.",
    rounded_result="That is about {number}.",
    division_by_zero="Nothing can be divided by zero.",
    too_large="That number is too large to say.",
    tool_answer="Here is the answer: {text}.",
    tool_empty="That is done.",
    pair="{name} is {value}",
    yes="true",
    no="false",
    place=(
        r"\b(?:in|for|at|about|of|near|from)\s+(?:the\s+)?(?P<words>[^?.!,]+?)(?:\s+(?:today|tomorrow|"
        r"now|please|like))?\W*$"
    ),
)
