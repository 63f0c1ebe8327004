"""What applies to a session: what the user chose, over the operator's defaults."""

from openvoicelive.settings import DEFAULT_MODEL, Settings
from openvoicelive.web.page.choices import Offer
from openvoicelive.web.page.messages import Sample, Start
from openvoicelive.web.voice_live.session_options import AgentAddress, SessionOptions


def options_of_session(start: Start, offer: Offer, settings: Settings) -> SessionOptions:
    """Return the options of a conversation.

    An agent keeps its own voice and instructions unless others are chosen.
    """
    agent = None if start.model else offer.agent(start.agent)
    defaults = offer.defaults
    turns = start.turn_detection or defaults.turn_detection
    return SessionOptions(
        model=None if agent else start.model or settings.model or DEFAULT_MODEL,
        voice=start.voice or (None if agent else settings.voice),
        instructions=start.instructions or (None if agent else settings.instructions),
        language=start.language or defaults.language,
        turn_detection=turns.over(defaults.turn_detection),
        speech_rate=start.speech_rate or defaults.speech_rate,
        agent=AgentAddress(agent.name, agent.project) if agent else None,
        is_own_service=settings.uses_own_service,
    )


def options_of_sample(sample: Sample, offer: Offer, settings: Settings) -> SessionOptions:
    """Return the options with which one sentence is spoken and nobody is listened to."""
    return SessionOptions(
        model=settings.model or DEFAULT_MODEL,
        voice=sample.voice or settings.voice,
        instructions=None,
        language=sample.language or offer.defaults.language,
        turn_detection=None,
        speech_rate=sample.speech_rate or offer.defaults.speech_rate,
        is_own_service=settings.uses_own_service,
    )
