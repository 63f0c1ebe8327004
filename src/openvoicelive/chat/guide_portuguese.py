"""What the guide says in Portuguese, as it is spoken in Brazil."""

from datetime import datetime

from openvoicelive.chat.arithmetic import SpokenMathematics
from openvoicelive.chat.guide_phrases import Phrases, Topic
from openvoicelive.chat.spoken_dates import SpokenDates

_MATHEMATICS = SpokenMathematics(
    units={
        "zero": 0,
        "um": 1,
        "uma": 1,
        "dois": 2,
        "duas": 2,
        "tres": 3,
        "quatro": 4,
        "cinco": 5,
        "seis": 6,
        "sete": 7,
        "oito": 8,
        "nove": 9,
        "dez": 10,
        "onze": 11,
        "doze": 12,
        "treze": 13,
        "quatorze": 14,
        "catorze": 14,
        "quinze": 15,
        "dezesseis": 16,
        "dezessete": 17,
        "dezoito": 18,
        "dezenove": 19,
    },
    tens={
        "vinte": 20,
        "trinta": 30,
        "quarenta": 40,
        "cinquenta": 50,
        "sessenta": 60,
        "setenta": 70,
        "oitenta": 80,
        "noventa": 90,
        "cem": 100,
        "cento": 100,
        "duzentos": 200,
        "trezentos": 300,
        "quatrocentos": 400,
        "quinhentos": 500,
        "seiscentos": 600,
        "setecentos": 700,
        "oitocentos": 800,
        "novecentos": 900,
    },
    scales={
        "mil": 1000,
        "milhao": 1_000_000,
        "milhoes": 1_000_000,
        "bilhao": 1_000_000_000,
        "bilhoes": 1_000_000_000,
    },
    joiner="e",
    points=("virgula", "ponto"),
    decimal_sign=",",
    thousands_sign=".",
    minus="menos ",
    operators=(
        (r"(?:\bpor ?cento|%) d[eoa]s?\b", "%"),
        (r"\b(?:elevado (?:a potencia(?: de)?|ao|a)|a potencia(?: de)?)(?= )", "^"),
        (r"\bao quadrado\b", "^ 2"),
        (r"\bao cubo\b", "^ 3"),
        (r"\b(?:a )?raiz(?: quadrada)? d[eo]\b", "r"),
        (r"\b(?:dividido por|sobre)\b", "/"),
        (r"\b(?:multiplicado por|vezes)\b", "*"),
        (r"\bmais\b", "+"),
        (r"\bmenos\b", "-"),
    ),
    asking=(
        r"^(?:(?:por favor|entao|e|ok|ei|oi|ola|voce|pode|me|diga|diz|dizer|fala|sabe"
        r"|quanto (?:e|da|sao|fica|vale)|calcul[ae]r?|o resultado de|resultado de|qual e|os)(?!\w)[\s,:]*)+"
        r"|\b(?:da|e igual a|e igual|igual a|igual|quanto|e quanto|por favor|obrigad[oa])\b[^\d+*/^-]*$"
    ),
)

_TOPICS = (
    Topic(
        "ollama",
        r"\bollama\b|\bmodelo (?:de linguagem )?local\b",
        "Inicie o Ollama com um modelo nesta máquina e reinicie o programa: eu o encontro na porta de "
        "costume. "
        "Se ele estiver em outro lugar, defina VOICE_LIVE_CHAT_URL com o endereço dele.",
    ),
    Topic(
        "azure",
        r"\bazure\b|\bnuvem\b|\bcloud\b",
        "Defina AZURE_VOICE_LIVE_ENDPOINT com o seu endpoint e VOICE_LIVE_MODEL com um modelo, e reinicie o "
        "programa. Para a chave, defina AZURE_VOICE_LIVE_API_KEY, ou entre com a linha de comando do Azure.",
    ),
    Topic(
        "model",
        r"\bopen ?ai\b|\bmodelo de (?:chat|conversa)\b|\bcompative(?:l|is)\b"
        r"|\b(?:conect\w*|lig(?:o|ar)|us(?:o|a|ar|e)|adicion\w*|configur\w*|coloc\w*|ativ(?:o|ar))\b.*"
        r"\b(?:modelos?|llm|gpt|llama|chat)\b",
        "Defina VOICE_LIVE_CHAT_URL com qualquer endpoint compatível com a OpenAI e VOICE_LIVE_CHAT_MODEL "
        "com o nome do modelo. Se ele pedir uma chave, defina VOICE_LIVE_CHAT_API_KEY. Depois, reinicie "
        "o programa.",
    ),
    Topic(
        "privacy",
        r"\bprivacidade\b|\bprivad[oa]s?\b|\bespi(?:a|ao|ona|onar|onando)\b|\bme (?:grav|espi)\w*"
        r"|\b(?:voz|dados|palavras|audio|conversas?)\b.*"
        r"\b(?:envi\w*|mand\w*|vai|vao|grav\w*|salv\w*|guard\w*|armazen\w*)\b"
        r"|\b(?:envi\w*|mand\w*|vai|vao|grav\w*|salv\w*|guard\w*|armazen\w*)\b.*"
        r"\b(?:voz|dados|palavras|audio|conversas?)\b",
        "A sua voz vai até a máquina que roda este serviço, e não passa dela. "
        "É lá que ela é ouvida, entendida e respondida.",
    ),
    Topic(
        "interrupting",
        r"\binterromp\w*|\binterrup\w*|\b(?:te|voce) (?:parar|calar)\b|\b(?:parar?|pare) de falar\b"
        r"|\bcal[ae] a boca\b|\bfalar por cima\b",
        "É só falar enquanto eu falo, que eu paro. Eu me lembro só das palavras que você realmente ouviu.",
    ),
    Topic(
        "voice",
        r"\b(?:mud\w*|troc\w*|escolh\w*|outras?|melhor\w*|defin\w*|sua)\b.*\bvoz(?:es)?\b"
        r"|\bvoz(?:es)? (?:diferente|melhor)\w*|\bfal\w+ (?:mais )?(?:devagar|rapido|lento)\b",
        "Defina VOICE_LIVE_VOICE com um nome como pt-BR-FranciscaNeural e reinicie o programa. "
        "Nesta máquina eu uso a voz instalada mais parecida.",
    ),
    Topic(
        "engines",
        r"\bmotor(?:es)?\b|\bcomo (?:voce |isso |isto |ele )?(?:funciona|escuta|ouve|fala|entende)\b"
        r"|\b(?:reconhecimento|sintese) (?:de )?(?:voz|fala)\b",
        "O Silero percebe quando você fala, o Moonshine ou o pocketsphinx transforma a fala em palavras, e o "
        "flite ou o espeak dá voz às respostas. Todos rodam na máquina do serviço, sem placa de vídeo.",
    ),
    Topic(
        "languages",
        r"\bidiomas?\b|\blinguas?\b"
        r"|\b(?:fal\w*|entend\w*|em) .*\b(?:portugues|ingles|italiano|espanhol|frances|alemao|chines)\b",
        "Como guia, eu respondo em português, inglês, italiano ou espanhol, conforme o idioma da sessão. "
        "Com um modelo de chat, a resposta pode vir em qualquer idioma que ele escreva e que uma voz "
        "instalada fale.",
    ),
    Topic(
        "source",
        r"\bcodigo\b|\blicenca\b|\brepositorio\b|\bgithub\b|\bopen source\b|\bgratis\b|\bgratuit\w*"
        r"|\bde graca\b|\bquem (?:te |o |foi que )?(?:fez|escreveu|criou|construiu|desenvolveu)\b"
        r"|\bcust(?:a|o|am)\b|\bpreco\b",
        "Este projeto é gratuito e de código aberto, sob a licença MIT. O código-fonte está no lugar de "
        "onde ele foi instalado.",
    ),
    Topic(
        "microphone",
        r"\bmicrofone\b|\bnao (?:consegue |esta )?(?:me )?(?:ouv|escut)\w*",
        "Permita o microfone para esta página e veja no navegador se o certo está escolhido. "
        "Depois, inicie a sessão de novo.",
    ),
    Topic(
        "ending",
        r"\b(?:encerr\w*|termin\w*|fech\w*|acab\w*|par(?:o|ar)|sair|saio|finaliz\w*|deslig\w*)\b.*"
        r"\b(?:sessao|conversa|chamada|ligacao)\b",
        "Encerre a sessão na página, e o microfone se desliga.",
    ),
    Topic(
        "abilities",
        r"\bo que (?:(?:e que|voce|vc|eu) )*(?:sabe|pode|posso|consegue|devo|poderia) "
        r"(?:fazer|dizer|saber|perguntar|te perguntar)\b|\bo que (?:voce|vc) sabe\W*$|\bajud\w*"
        r"|\bsabe fazer\b",
        "Eu explico como conectar o Azure, o Ollama ou outro modelo, e como este projeto funciona. "
        "Também digo as horas e a data, faço contas e repito o que você disser.",
    ),
    Topic(
        "identity",
        r"\b(?:quem|o que) e (?:voce|vc)\b|\bquem (?:voce|vc) e\b|\b(?:seu|teu) nome\b"
        r"|\bcomo (?:voce |vc )?se chama\b"
        r"|\b(?:voce|vc) e (?:um |uma )?(?:human\w*|pessoa|robo|ia|real|modelo|gpt|bot|inteligencia)\b",
        "Sou o guia do openvoicelive, um pequeno programa sem modelo de linguagem. "
        "Respondo sobre este projeto até você conectar um modelo.",
    ),
    Topic(
        "project",
        r"\bopen ?voice ?live\b|\bvoice live\b|\bo que e (?:isso|isto|est[ea]|ess[ea])\b"
        r"|\b(?:o que|sobre|expli\w*|qual)\b.*"
        r"\bd?es[st][ea] (?:projeto|programa|pagina|servico|app|aplicativo|coisa)\b",
        "Isto é o openvoicelive. Você conversa com um agente no navegador, pelo Azure Voice Live ou em uma "
        "máquina sua.",
    ),
    Topic(
        "wellbeing",
        r"\b(?:tudo (?:bem|bom)|como vai|como (?:voce |vc )esta)\b",
        "Tudo bem por aqui. Pergunte o que eu sei fazer.",
    ),
    Topic("thanks", r"\bobrigad[oa]\b|\bvaleu\b|\bagradec\w*", "De nada."),
    Topic(
        "goodbye",
        r"\b(?:tchau|adeus|ate (?:logo|mais|breve|amanha))\b",
        "Até logo. Para terminar, encerre a sessão na página.",
    ),
    Topic(
        "agreement",
        r"^\W*(?:par[ae]|chega|silencio|sim|nao|ok|okay|certo|ta|ta bom|beleza|entendi|isso)\W*$",
        "Está bem.",
    ),
    Topic(
        "hello",
        r"^\W*(?:ola|oi|ei|opa|alo|bom dia|boa (?:tarde|noite))\b",
        "Olá. Sou o guia do openvoicelive. Pergunte o que eu sei fazer.",
    ),
)

_MONTHS = (
    *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
    *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
)
_DAYS = ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo")
# Hours are feminine, which a voice does not know of digits.
_HOURS = {
    0: "É meia-noite",
    1: "É uma hora",
    2: "São duas horas",
    12: "É meio-dia",
    21: "São vinte e uma horas",
    22: "São vinte e duas horas",
}


def _time(now: datetime) -> str:
    hour = _HOURS.get(now.hour, f"São {now.hour} horas")
    if now.minute == 0:
        return f"{hour}."
    return f"{hour} e {now.minute} {'minuto' if now.minute == 1 else 'minutos'}."


_DAYS_AWAY = {
    -2: "Anteontem foi",
    -1: "Ontem foi",
    0: "Hoje é",
    1: "Amanhã é",
    2: "Depois de amanhã é",
}


def _date(day: datetime, away: int) -> str:
    number = "primeiro" if day.day == 1 else day.day
    return f"{_DAYS_AWAY[away]} {_DAYS[day.weekday()]}, {number} de {_MONTHS[day.month - 1]} de {day.year}."


_DATES = SpokenDates(
    questions=(
        r"que (?:dia|data)",
        r"qual (?:e |foi |era |sera |vai ser )?a data",
        r"data de <day>",
        r"(?:dig\w*|diz\w*|fal[ae]) a data",
        r"<day> (?:e|foi|era|sera|vai ser) que dia",
    ),
    days={
        "depois de amanha": 2,
        "antes de ontem": -2,
        "anteontem": -2,
        "amanha": 1,
        "ontem": -1,
        "hoje": 0,
    },
    further=("da semana", "do mes", "e", "foi", "era", "sera", "vai ser", "estamos", "de"),
    end="por favor|agora|mesmo",
    say=_date,
)


PORTUGUESE = Phrases(
    topics=_TOPICS,
    greeting="Olá. Sou o guia do openvoicelive. Pergunte o que eu sei fazer.",
    not_heard="Não entendi, pode repetir, por favor?",
    not_known=(
        "Entendi: {text}, mas eu sou só o guia, então, para ter uma resposta, conecte um modelo com "
        "VOICE_LIVE_CHAT_URL ou inicie o Ollama."
    ),
    again=(
        r"^\W*(?:(?:por favor|voce|pode|poderia)\W+)*(?:repet(?:e|ir)|repita|(?:fal[ae]|dig[ao]|diz) de novo"
        r"|o que (?:foi que )?(?:voce |vc )?disse|como)\W*(?:por favor|isso|de novo)?\W*$"
    ),
    repeat=(
        r"^\W*(?:(?:por favor|voce|pode|poderia|ei)\W+)*(?:repet(?:e|ir)|repita|diga|dizer)"
        r"(?:(?: (?:comigo|(?:depois de|apos) mim|o que eu (?:digo|disser|falo|falar)))(?:\W+por favor)?\W*$"
        r"|\W*$|(?: (?:comigo|(?:depois de|apos) mim))?+[\s:,]+"
        r"(?!(?:me |que |as horas|a hora|a data|o que|quanto))(?P<words>\S.*)$)"
    ),
    repeat_what="O que devo repetir?",
    time_asked=(
        r"\bque horas? (?:sao|e|tem)\b|\bsao que horas\b"
        r"|\b(?:dig\w*|diz\w*|fal[ae]|sabe|tem|ver) (?:as|que) horas\b|\bque horas\W*$"
    ),
    time=_time,
    dates=_DATES,
    mathematics=_MATHEMATICS,
    result="Dá {number}.",
    rounded_result="Dá aproximadamente {number}.",
    division_by_zero="Não se pode dividir por zero.",
    too_large="Esse número é grande demais para dizer.",
    tool_answer="Aqui está a resposta: {text}.",
    tool_empty="Pronto.",
    pair="{name} é {value}",
    yes="verdadeiro",
    no="falso",
    place=(
        r"\b(?:em|no|na|nos|nas|para|pra|sobre|de|do|da|perto d[eoa])\s+"
        r"(?P<words>[^?.!,]+?)(?:\s+(?:hoje|amanha|agora|por favor))?\W*$"
    ),
)
