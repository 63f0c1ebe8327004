"""English."""

from openvoicelive.language.interface import Language, NumberWords, SentenceWords, counted, phrases, words

LANGUAGE = Language(
    tag="en",
    # With the hesitations, what Azure documents for `remove_filler_words`.
    fillers=words("oh yeah"),
    backchannels=phrases(
        "mhm, mm-hmm, uh-huh, yeah, yep, yes, ok, okay, right, sure, i see, got it, go on, really, wow, "
        "true, exactly, of course, all right"
    ),
    sentence=SentenceWords(
        open_words=words(
            "a an the my your his our their its whose and or but nor because if unless although whether "
            "while until than as to of into onto upon per via within between among during toward towards "
            "which i we they he she i'm you're he's she's we're they're i've you've we've they've i'll "
            "you'll he'll she'll we'll they'll i'd you'd he'd she'd we'd they'd it's that's there's what's "
            "where's who's how's let's mr mrs ms dr every very just only also even quite rather so not "
            "merely almost nearly"
        ),
        auxiliaries=words(
            "am is are was were be been being do does did has have had can could will would shall should "
            "may might must don't doesn't didn't can't couldn't won't wouldn't isn't aren't wasn't weren't"
        ),
        need_objects=words(
            "want need give show tell put send let make set remind many several some any another these those"
        ),
        questions=words("what where who whom which how why when what's where's who's how's"),
        conditions=words("if unless although when whenever while because"),
        answers=phrases(
            "yes, no, yeah, yep, nope, ok, okay, sure, thanks, thank you, hello, hi, hey, bye, goodbye, "
            "stop, please, right, correct, exactly, maybe, never, always, today, tomorrow, yesterday, now, "
            "later, nothing, none, everything, of course, that's all, that's it, i see, got it, go on, no "
            "thanks, no thank you, yes please, good morning, good afternoon, good evening, good night, "
            "never mind, i think so, i don't think so, i don't know, i hope so, why not, of course not, "
            "maybe not, probably not, i hope not, me too, not yet, not now, not really, cancel, continue, "
            "repeat, help, wait"
        ),
        digits=words("oh zero one two three four five six seven eight nine double triple"),
        numbers=words(
            "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty "
            "forty fifty sixty seventy eighty ninety hundred thousand"
        ),
        prepositions=words("for from with about like at by against after before"),
        particles=words("in on over around through"),
        particle_verbs=words("turn turned switch come go put log sign keep move carry hold start play"),
        pronouns=words("i you he she it we they there"),
    ),
    phrase_openers=words(
        "and because between but from if into or so that then when where which while who with"
    ),
    abbreviations=words("approx cf dept dr e.g fig i.e jr mr mrs ms mt prof sr st vol vs"),
    times="times",
    interim_phrases=("One moment, please.",),
    numbers=NumberWords(
        units=counted(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen seventeen eighteen nineteen"
        ),
        tens=counted("twenty thirty forty fifty sixty seventy eighty ninety", first=20, step=10),
        scales={"hundred": 100, "thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000},
        joiner="and",
        decimal_points=words("point"),
        decimal_sign=".",
        thousands_sign=",",
    ),
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
)
