"""Italian."""

from openvoicelive.language.interface import Language, NumberWords, SentenceWords, counted, phrases, words

LANGUAGE = Language(
    tag="it",
    fillers=words("beh boh mah oh"),
    backchannels=phrases(
        "mhm, sì, sì sì, sì certo, certo, ok, okay, va bene, esatto, giusto, capito, ho capito, infatti, "
        "già, ecco, davvero, bene"
    ),
    sentence=SentenceWords(
        open_words=words(
            "il lo la i gli le l un una del dello della dell dei degli delle al allo alla all ai agli "
            "alle dal dallo dalla dall dai dagli dalle nel nello nella nell nei negli nelle sul sullo sulla "
            "sull sui sugli sulle di a da in con su per tra fra senza e ed o oppure ma se che mentre poiché "
            "mio mia miei mie tuo tua tuoi tue suo sua suoi sue nostro nostra vostro vostra ogni qualche "
            "non molto"
        ),
        auxiliaries=words("è ho ha hai abbiamo hanno era sarà può posso puoi"),
        need_objects=words("vorrei voglio devo dovrei potrei potresti dammi dimmi mostrami metti manda"),
        questions=words("che cosa chi dove quando come quanto quanti quante quale quali perché"),
        conditions=words("se mentre poiché sebbene"),
        answers=phrases(
            "sì, si, no, certo, ok, okay, va bene, grazie, ciao, buongiorno, buonasera, arrivederci, basta, "
            "esatto, forse, oggi, domani, ieri, adesso, niente, tutto, per favore, no grazie, sì grazie, "
            "aiuto, aspetta, non lo so, ho capito"
        ),
        digits=words("zero uno due tre quattro cinque sei sette otto nove doppio"),
        numbers=words(
            "dieci undici dodici venti trenta quaranta cinquanta sessanta settanta ottanta novanta cento "
            "mille"
        ),
    ),
    phrase_openers=words("che con ma oppure perché quando se"),
    abbreviations=words("cf dott dott.ssa dr fig prof prof.ssa sig sig.ra vol"),
    times="per",
    interim_phrases=("Un momento, per favore.",),
    numbers=NumberWords(
        units=counted(
            "zero un|uno|una due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
            "quattordici quindici sedici diciassette diciotto diciannove"
        ),
        # The last vowel falls before "uno" and "otto".
        tens=counted(
            "venti|vent trenta|trent quaranta|quarant cinquanta|cinquant sessanta|sessant "
            "settanta|settant ottanta|ottant novanta|novant",
            first=20,
            step=10,
        ),
        scales={
            **dict.fromkeys(("cento", "cent"), 100),
            **dict.fromkeys(("mille", "mila"), 1000),
            **dict.fromkeys(("milione", "milioni"), 1_000_000),
            **dict.fromkeys(("miliardo", "miliardi"), 1_000_000_000),
        },
        joiner="e",
        decimal_points=words("virgola punto"),
        decimal_sign=",",
        thousands_sign=".",
    ),
    months=(
        *("gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno"),
        *("luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre"),
    ),
    weekdays=("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
)
