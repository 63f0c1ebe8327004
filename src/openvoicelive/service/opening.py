"""Opens a session: what the address says, over an agent's file, over the service's own defaults."""

import time
from collections.abc import Mapping

import msgspec

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol import configuration
from openvoicelive.protocol.ids import NewId
from openvoicelive.protocol.options import Agent
from openvoicelive.protocol.session import Session
from openvoicelive.service.agents import AgentFile
from openvoicelive.settings import DEFAULT_MODEL

DEFAULT_VOICE = "alloy"
DEFAULT_INSTRUCTIONS = "You are a helpful voice assistant. Answer in one or two short sentences."


def open_session(
    query: Mapping[str, str], agents: Mapping[str, AgentFile], *, limit_s: int, new_id: NewId
) -> Session:
    """Return the session that a client's address asks for; one that cannot be says so and closes."""
    api_version = query.get("api-version") or configuration.LATEST_API_VERSION
    refusal = None
    try:
        agent = _agent(query, agents)
    except InvalidRequest as error:
        agent, refusal = None, error
    chosen = agent or AgentFile(instructions=DEFAULT_INSTRUCTIONS)
    options = configuration.initial(
        session_id=new_id("sess"),
        model=query.get("model") or chosen.model or DEFAULT_MODEL,
        voice=chosen.voice or DEFAULT_VOICE,
        instructions=chosen.instructions,
        expires_at=int(time.time()) + limit_s,
        api_version=api_version,
        greeting=chosen.greeting,
        agent=_shown(query["agent-name"], agent, new_id) if agent else None,
    )
    options = msgspec.structs.replace(options, tools=chosen.tools)
    return Session(options, api_version=api_version, new_id=new_id, refusal=refusal)


def _agent(query: Mapping[str, str], agents: Mapping[str, AgentFile]) -> AgentFile | None:
    """Return the agent that is asked for, if one is.

    Raises:
        InvalidRequest: If there is none of that name, or only one of the two names is given.

    """
    name, project = query.get("agent-name"), query.get("agent-project-name")
    if not name and not project:
        return None
    if not name or not project:
        raise InvalidRequest(
            "agent_initialization_failed", "An agent needs both agent-name and agent-project-name."
        )
    agent = agents.get(name)
    if agent is None:
        raise InvalidRequest("agent_initialization_failed", f"There is no agent {name[:64]!r}.")
    return agent


def _shown(name: str, agent: AgentFile, new_id: NewId) -> Agent:
    return Agent(name=name, description=agent.description, agent_id=name, thread_id=new_id("conv"))
