"""The page and its assistant: a client of a Voice Live endpoint.

The names below are the public API of the assistant; docs/voice-assistant.md describes it.
"""

from openvoicelive.web.conversation.assistant import VoiceAssistant
from openvoicelive.web.conversation.backing_off import BackOff
from openvoicelive.web.page.messages import (
    Audio,
    Control,
    Event,
    Log,
    Metrics,
    Said,
    Session,
    Status,
    ToPage,
    Transcript,
    TurnDetection,
    Word,
    Words,
)
from openvoicelive.web.voice_live.session_options import AgentAddress

__all__ = [
    "AgentAddress",
    "Audio",
    "BackOff",
    "Control",
    "Event",
    "Log",
    "Metrics",
    "Said",
    "Session",
    "Status",
    "ToPage",
    "Transcript",
    "TurnDetection",
    "VoiceAssistant",
    "Word",
    "Words",
]
