"""What the guide says in Italian."""

from datetime import datetime

from openvoicelive.chat.arithmetic import SpokenMathematics
from openvoicelive.chat.guide_phrases import Phrases, Topic
from openvoicelive.chat.spoken_dates import SpokenDates

_MATHEMATICS = SpokenMathematics(
    units={
        "zero": 0,
        "un": 1,
        "uno": 1,
        "una": 1,
        "due": 2,
        "tre": 3,
        "quattro": 4,
        "cinque": 5,
        "sei": 6,
        "sette": 7,
        "otto": 8,
        "nove": 9,
        "dieci": 10,
        "undici": 11,
        "dodici": 12,
        "tredici": 13,
        "quattordici": 14,
        "quindici": 15,
        "sedici": 16,
        "diciassette": 17,
        "diciotto": 18,
        "diciannove": 19,
    },
    # The last vowel falls before "uno" and "otto".
    tens={
        "venti": 20,
        "vent": 20,
        "trenta": 30,
        "trent": 30,
        "quaranta": 40,
        "quarant": 40,
        "cinquanta": 50,
        "cinquant": 50,
        "sessanta": 60,
        "sessant": 60,
        "settanta": 70,
        "settant": 70,
        "ottanta": 80,
        "ottant": 80,
        "novanta": 90,
        "novant": 90,
    },
    scales={
        "cento": 100,
        "cent": 100,
        "mille": 1000,
        "mila": 1000,
        "milione": 1_000_000,
        "milioni": 1_000_000,
        "miliardo": 1_000_000_000,
        "miliardi": 1_000_000_000,
    },
    joiner="e",
    points=("virgola", "punto"),
    decimal_sign=",",
    thousands_sign=".",
    minus="meno ",
    operators=(
        (r"(?:\bper ?cento|%) (?:di|del|dei|dello)\b", "%"),
        (r"\b(?:elevat[oa] (?:alla potenza(?: di)?|alla|al|a)|alla potenza(?: di)?)(?= )", "^"),
        (r"\bal quadrato\b", "^ 2"),
        (r"\bal cubo\b", "^ 3"),
        (r"\b(?:la )?radice(?: quadrata)? d[ie]l?\b", "r"),
        (r"\b(?:diviso(?: per)?|fratto)\b", "/"),
        (r"\b(?:moltiplicato per|per|volte)\b", "*"),
        (r"\bpiu\b", "+"),
        (r"\bmeno\b", "-"),
    ),
    asking=(
        r"^(?:(?:per favore|scusa|allora|e|ok|ehi|ciao|senti|puoi dirmi|sai dirmi|mi dici|dimmi"
        r"|puoi calcolare|quanto fa(?:nno)?|quanto e|quant'e|quanto viene|calcola(?:mi)?"
        r"|il risultato di|il)(?!\w)[\s,:]*)+"
        r"|\b(?:fa(?:nno)?|e uguale|uguale|quanto|per favore|grazie)\b[^\d+*/^-]*$"
    ),
)

_TOPICS = (
    Topic(
        "ollama",
        r"\bollama\b|\bmodello (?:linguistico )?locale\b",
        "Avvia Ollama con un modello su questa macchina, poi riavvia il programma: lo trovo da me, sulla "
        "sua porta abituale. Se si trova altrove, imposta VOICE_LIVE_CHAT_URL con il suo indirizzo.",
    ),
    Topic(
        "azure",
        r"\bazure\b|\bcloud\b",
        "Imposta AZURE_VOICE_LIVE_ENDPOINT con il tuo endpoint e VOICE_LIVE_MODEL con un modello, poi "
        "riavvia il programma. Per la chiave imposta AZURE_VOICE_LIVE_API_KEY, oppure accedi con la riga di "
        "comando di Azure.",
    ),
    Topic(
        "model",
        r"\bopen ?ai\b|\bmodello di chat\b|\bcompatibil[ei]\b"
        r"|\b(?:colleg\w*|connett\w*|us(?:o|a|are|i|iamo)|aggiung\w*|configur\w*|impost\w*|mett\w*)\b.*"
        r"\b(?:modell[oi]|llm|gpt|llama|chat)\b",
        "Imposta VOICE_LIVE_CHAT_URL con un qualsiasi endpoint compatibile con OpenAI, e "
        "VOICE_LIVE_CHAT_MODEL con il nome del modello. Se serve una chiave, imposta "
        "VOICE_LIVE_CHAT_API_KEY. Poi riavvia il programma.",
    ),
    Topic(
        "privacy",
        r"\bprivacy\b|\bprivat[aoei]\b|\bspi(?:a|i|are|ando)\b|\bmi (?:stai )?(?:registr|spi)\w*"
        r"|\b(?:voce|dati|parole|audio|conversazion[ei])\b.*"
        r"\b(?:invi\w*|mand\w*|spedi\w*|finisc\w*|va|vanno|registr\w*|salv\w*|memorizz\w*|conserv\w*)\b"
        r"|\b(?:invi\w*|mand\w*|spedi\w*|finisc\w*|va|vanno|registr\w*|salv\w*|memorizz\w*|conserv\w*)\b.*"
        r"\b(?:voce|dati|parole|audio|conversazion[ei])\b",
        "La tua voce arriva alla macchina su cui gira questo servizio, e non va oltre. "
        "È lì che viene ascoltata e capita, ed è lì che nasce la risposta.",
    ),
    Topic(
        "interrupting",
        r"\binterromp\w*|\binterruzion\w*|\b(?:fermarti|zittirti|bloccarti)\b|\bsmett\w+ di parlare\b"
        r"|\bzitt[oa]\b|\bparlarti sopra\b",
        "Basta che tu parli mentre parlo io, e mi fermo. Ricordo solo le parole che hai davvero sentito.",
    ),
    Topic(
        "voice",
        r"\b(?:cambi\w*|scegl\w*|altr[ae]|miglior\w*|impost\w*|divers[ae]|tua)\b.*\bvoc[ei]\b"
        r"|\bvoc[ei] (?:divers[ae]|miglior[ei])\b|\bparl\w+ (?:piu )?(?:piano|lent\w*|veloc\w*|in fretta)\b",
        "Imposta VOICE_LIVE_VOICE con un nome come it-IT-IsabellaNeural e riavvia il programma. "
        "Su questa macchina uso la voce installata che più le somiglia.",
    ),
    Topic(
        "engines",
        r"\bmotor[ei]\b|\bcome (?:funzion\w*|senti|ascolti|parli|capisci)\b"
        r"|\b(?:riconoscimento|sintesi) (?:vocale|della voce|del parlato)\b",
        "Silero si accorge quando parli, Moonshine o pocketsphinx trasforma la voce in parole, e flite o "
        "espeak dà voce alle risposte. Girano tutti sulla macchina del servizio, senza scheda grafica.",
    ),
    Topic(
        "languages",
        r"\blingu[ae]\b"
        r"|\b(?:parl\w*|cap\w*|in) .*\b(?:italiano|inglese|spagnolo|portoghese|francese|tedesco|cinese)\b",
        "Come guida rispondo in italiano, inglese, portoghese o spagnolo, secondo la lingua della sessione. "
        "Con un modello di chat la risposta può essere in qualsiasi lingua che il modello sappia scrivere e "
        "che una voce installata sappia parlare.",
    ),
    Topic(
        "source",
        r"\bsorgente\b|\blicenz\w*|\brepository\b|\bgithub\b|\bopen source\b|\bgratis\b|\bgratuit\w*"
        r"|\bchi (?:ti |lo |l'|la )?(?:ha )?(?:fatt|scritt|costruit|creat|svilupp)\w*|\bcost(?:a|i|o|ano)\b"
        r"|\bprezzo\b",
        "Questo progetto è gratuito e open source, con licenza MIT. Il codice sorgente è là da dove è stato "
        "installato.",
    ),
    Topic(
        "microphone",
        r"\bmicrofono\b|\bnon mi sent[ie]\b|\bnon (?:riesci a|puoi) sentirmi\b",
        "Consenti a questa pagina di usare il microfono, e controlla nel browser che sia scelto quello "
        "giusto. Poi avvia di nuovo la sessione.",
    ),
    Topic(
        "ending",
        r"\b(?:termin\w*|chiud\w*|fin(?:ire|isco)|ferm\w*|lasci\w*|usc(?:ire|irne)|esco|conclud\w*)\b.*"
        r"\b(?:sessione|conversazione|chiamata)\b",
        "Termina la sessione dalla pagina, e il microfono si spegne.",
    ),
    Topic(
        "abilities",
        r"\bcosa (?:sai|puoi|posso|dovrei|potrei|potresti) (?:fare|dire|dirmi|chieder\w*|sapere)\b"
        r"|\bcosa sai\W*$|\baiut\w*|\bsai fare\b",
        "Posso spiegarti come collegare Azure, Ollama o un altro modello, e come funziona questo progetto. "
        "So anche dire l'ora e la data, fare i conti e ripetere quello che dici.",
    ),
    Topic(
        "identity",
        r"\b(?:chi|cosa) sei\b|\bcome ti chiami\b|\btuo nome\b"
        r"|\bsei (?:un |una |un')?(?:uman\w*|persona|robot|ia|intelligenza|ver[oa]|reale|modello|gpt|bot)\b",
        "Sono la guida di openvoicelive, un piccolo programma senza modello linguistico. "
        "Rispondo su questo progetto finché non colleghi un modello.",
    ),
    Topic(
        "project",
        r"\bopen ?voice ?live\b|\bvoice live\b|\bcos'e quest[oa]\b|\bcosa e quest[oa]\b"
        r"|\b(?:cosa|cos'e|parlami|spieg\w*|tratta)\b.*"
        r"\bquest(?:o|a|') ?(?:progetto|programma|pagina|servizio|app\w*|cosa)\b",
        "Questo è openvoicelive. Parli con un agente nel browser, attraverso Azure Voice Live o su una "
        "macchina tua.",
    ),
    Topic(
        "wellbeing",
        r"\bcome (?:stai|va)\b|\btutto bene\b",
        "Sto bene, grazie. Chiedimi che cosa so fare.",
    ),
    Topic("thanks", r"\bgrazie\b", "Prego."),
    Topic(
        "goodbye",
        r"\b(?:arrivederci|addio|buona ?notte|a presto|ci vediamo|ci sentiamo)\b",
        "Arrivederci. Per finire, termina la sessione dalla pagina.",
    ),
    Topic(
        "agreement",
        r"^\W*(?:stop|basta|silenzio|si|no|ok|okay|va bene|d'accordo|giusto|esatto|bene)\W*$",
        "Va bene.",
    ),
    Topic(
        "hello",
        r"^\W*(?:ciao|salve|ehi|ehila|hey|pronto|buon ?(?:giorno|pomeriggio)|buona ?sera)\b",
        "Ciao. Sono la guida di openvoicelive. Chiedimi che cosa so fare.",
    ),
)

_MONTHS = (
    *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
    *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
)
_DAYS = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")
_HOURS = {0: "È mezzanotte", 1: "È l'una", 12: "È mezzogiorno"}


def _time(now: datetime) -> str:
    hour = _HOURS.get(now.hour, f"Sono le {now.hour}")
    return f"{hour} e {now.minute}." if now.minute else f"{hour}."


_DAYS_AWAY = {-2: "L'altro ieri era", -1: "Ieri era", 0: "Oggi è", 1: "Domani è", 2: "Dopodomani è"}


def _date(day: datetime, away: int) -> str:
    number = "primo" if day.day == 1 else day.day
    return f"{_DAYS_AWAY[away]} {_DAYS[day.weekday()]} {number} {_MONTHS[day.month - 1]} {day.year}."


_DATES = SpokenDates(
    questions=(
        r"che (?:giorno|data)",
        r"qual(?:e'?| e'?|'e| era| sara) la data",
        r"quanti ne (?:abbiamo|avevamo|avremo)",
        r"(?:dimmi|dirmi|sai) la data",
        r"data (?:di|e'?) <day>",
    ),
    days={
        "dopo ?domani": 2,
        "(?:l')?altro ?ieri": -2,
        "ieri l'altro": -2,
        "avantieri": -2,
        "domani": 1,
        "ieri": -1,
        "oggi": 0,
    },
    further=(
        *("della settimana", "del mese", "e", "era", "sara", "abbiamo", "avevamo", "avremo"),
        *("di", "fosse", "sia"),
    ),
    end="per favore|adesso|ora|scusa|grazie",
    say=_date,
)


ITALIAN = Phrases(
    topics=_TOPICS,
    greeting="Ciao. Sono la guida di openvoicelive. Chiedimi che cosa so fare.",
    not_heard="Non ho sentito bene, puoi ripetere?",
    not_known=(
        "Ho capito: {text}, ma io sono solo la guida, perciò per una risposta collega un modello con "
        "VOICE_LIVE_CHAT_URL, oppure avvia Ollama."
    ),
    again=(
        r"^\W*(?:(?:per favore|puoi|potresti|scusa)\W+)*(?:ripeti(?:lo)?|ripeter(?:e|lo)"
        r"|dillo (?:di nuovo|ancora)|(?:che )?cosa hai detto|come hai detto|come)"
        r"\W*(?:per favore|di nuovo|ancora)?\W*$"
    ),
    repeat=(
        r"^\W*(?:(?:per favore|puoi|potresti|ehi)\W+)*(?:ripeti|ripetere|di'|dire)"
        r"(?:(?: (?:dopo(?: di)?|con|insieme a) me| quello che dico)(?:\W+per favore)?\W*$|\W*$"
        r"|(?: (?:dopo(?: di)?|con|insieme a) me)?+[\s:,]+(?P<words>\S.*)$)"
    ),
    repeat_what="Che cosa devo ripetere?",
    time_asked=(
        r"\bche or(?:a e|e sono|a sono|a abbiamo|'e)\b|\b(?:dimmi|dirmi|dici|sai) (?:che ora|che ore|l'ora)\b"
        r"|\bche ora\W*$"
    ),
    time=_time,
    dates=_DATES,
    mathematics=_MATHEMATICS,
    result="Fa {number}.",
    rounded_result="Fa circa {number}.",
    division_by_zero="Non si può dividere per zero.",
    too_large="Questo numero è troppo grande per dirlo.",
    tool_answer="Ecco la risposta: {text}.",
    tool_empty="Fatto.",
    pair="{name} è {value}",
    yes="vero",
    no="falso",
    place=(
        r"\b(?:a|ad|in|per|su|di|da|nel|nello|nella|nei|nelle|alla|al|del|della|vicino a)\s+"
        r"(?P<words>[^?.!,]+?)(?:\s+(?:oggi|domani|adesso|ora|per favore|grazie))?\W*$"
    ),
)
