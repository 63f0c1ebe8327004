"""Opens a session: what the address says, over an agent's file, over the service's own defaults."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.configuration import or_default
from openvoicelive.protocol.dialects.interface import Dialect, SessionStart
from openvoicelive.protocol.dialects.voice_live.dialect import LATEST_API_VERSION, VoiceLive
from openvoicelive.protocol.ids import NewId
from openvoicelive.protocol.options import Agent
from openvoicelive.protocol.session.session import Session
from openvoicelive.protocol.voices import voice_of_name
from openvoicelive.service.conversations.agents import AgentFile
from openvoicelive.settings import DEFAULT_MODEL

DEFAULT_VOICE = "alloy"
# An agent's session has a voice of Azure's, as there; Microsoft's samples read fields that OpenAI's lack.
DEFAULT_AGENT_VOICE = "en-US-AvaNeural"
DEFAULT_INSTRUCTIONS = "You are a helpful voice assistant. Answer in one or two short sentences."

# Azure's clients write the same thing in several ways: agents of today; classic agents, which have ids
# (https://learn.microsoft.com/azure/ai-services/speech-service/how-to-voice-live-agent-integration); the
# first preview, with underscores; Microsoft's avatar sample, inside of the model: `model=agent?aid=…&apn=…`.
_AGENT_NAMES = ("agent-name", "agent_name", "aname")
_AGENT_IDS = ("agent-id", "agent_id", "aid")
_AGENT_PROJECTS = ("agent-project-name", "agent_project_name", "apn")
_PROJECTS = (*_AGENT_PROJECTS, "project-name", "project_name", "project-id", "project_id")
_MODEL_IS_AGENT = "agent?"


class Opening(NamedTuple):
    """A session that begins, and how its client speaks."""

    session: Session
    dialect: Dialect


class OpenSession(Protocol):
    """Opens the sessions of one path of the service."""

    def __call__(
        self, query: Mapping[str, str], agents: Mapping[str, AgentFile], *, limit_s: int, new_id: NewId
    ) -> Opening:
        """Return the session that a client's address asks for."""


@dataclass(frozen=True)
class _AgentAddress:
    """The agent that an address names, and the model that it names beside."""

    agent: str | None
    is_whole: bool
    """Whether an agent that is asked for has its project, too; a classic one's id is enough."""
    model: str | None


def open_session(
    query: Mapping[str, str], agents: Mapping[str, AgentFile], *, limit_s: int, new_id: NewId
) -> Opening:
    """Return the session that a Voice Live client asks for; one that cannot be says so and closes."""
    api_version = query.get("api-version") or LATEST_API_VERSION
    address = _agent_address(query)
    refusal = None
    try:
        agent = _agent(address, agents)
    except InvalidRequest as error:
        agent, refusal = None, error
    chosen = agent or AgentFile(instructions=DEFAULT_INSTRUCTIONS)
    voice = chosen.voice or (DEFAULT_AGENT_VOICE if agent else DEFAULT_VOICE)
    start = SessionStart(
        session_id=new_id("sess"),
        model=address.model or chosen.model or DEFAULT_MODEL,
        voice=voice_of_name(voice) if isinstance(voice, str) else voice,
        instructions=or_default(chosen.instructions, DEFAULT_INSTRUCTIONS),
        expires_at=int(time.time()) + limit_s,
        greeting=chosen.greeting,
        agent=_shown(address.agent, agent, new_id) if agent and address.agent else None,
        tools=chosen.tools,
    )
    dialect = VoiceLive(api_version=api_version, model=start.model, new_id=new_id)
    return Opening(Session(dialect.begin(start), new_id=new_id, refusal=refusal), dialect)


def _agent_address(query: Mapping[str, str]) -> _AgentAddress:
    """Read the names of an agent and its project, whichever client wrote the address."""
    model = query.get("model")
    if model and model.startswith(_MODEL_IS_AGENT):
        query, model = {**query, **dict(parse_qsl(model.removeprefix(_MODEL_IS_AGENT)))}, None
    name, classic_id = _first(query, _AGENT_NAMES), _first(query, _AGENT_IDS)
    if name:
        is_whole = _first(query, _PROJECTS) is not None
    else:
        is_whole = classic_id is not None or _first(query, _AGENT_PROJECTS) is None
    return _AgentAddress(name or classic_id, is_whole, model)


def _first(query: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((query[name] for name in names if query.get(name)), None)


def _agent(address: _AgentAddress, agents: Mapping[str, AgentFile]) -> AgentFile | None:
    """Return the agent that is asked for, if one is.

    Raises:
        InvalidRequest: If there is none of that name, or only one of the two names is given.

    """
    if not address.is_whole:
        raise InvalidRequest(
            "agent_initialization_failed", "An agent needs both agent-name and agent-project-name."
        )
    if address.agent is None:
        return None
    agent = agents.get(address.agent)
    if agent is None:
        raise InvalidRequest("agent_initialization_failed", f"There is no agent {address.agent[:64]!r}.")
    return agent


def _shown(name: str, agent: AgentFile, new_id: NewId) -> Agent:
    return Agent(name=name, description=agent.description, agent_id=name, thread_id=new_id("conv"))


ENDPOINTS: Mapping[str, OpenSession] = {
    "/voice-live/realtime": open_session,
    # The path of API version 2025-05-01-preview.
    "/voice-agent/realtime": open_session,
}
"""By path, what opens the sessions of clients that connect there."""
