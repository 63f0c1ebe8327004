"""Agents: files of instructions, voice, model, tools and greeting, by name.

An agent is a TOML file in the operator's folder; its name is the file's. A client chooses one with
`agent-name` in the address, as it does with an agent of Azure AI Foundry.
"""

import re
import tomllib
from pathlib import Path

import msgspec

from openvoicelive.errors import SettingsError
from openvoicelive.protocol.options import FunctionTool
from openvoicelive.protocol.voices import Voice

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class AgentFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file may say."""

    instructions: str
    description: str | None = None
    model: str | None = None
    voice: str | Voice | None = None
    greeting: str | None = None
    tools: tuple[FunctionTool, ...] = ()


def load_agents(folder: str | None) -> dict[str, AgentFile]:
    """Read all agents; none without a folder.

    Raises:
        SettingsError: If the folder or a file in it cannot be read; names the file and what is wrong.

    """
    if folder is None:
        return {}
    path = Path(folder)
    if not path.is_dir():
        raise SettingsError(f"VOICE_LIVE_AGENTS must be a folder of agent files; {folder!r} is not one.")
    return {file.stem: _read(file) for file in sorted(path.glob("*.toml"))}


def _read(file: Path) -> AgentFile:
    if _NAME.fullmatch(file.stem) is None:
        raise SettingsError(f"The agent file {file.name} has a name that no client can ask for.")
    try:
        return msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), AgentFile)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"The agent file {file.name} cannot be used: {error}.") from None
