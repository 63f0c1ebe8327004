"""Every call of `az` that the scenarios made is one that the real CLI accepts.

Runs in the environment of azure-cli: its command table is built and its own argparse parses each call.
Nothing is sent: sockets are blocked. AZ_CALLS names the file that the fake `az` wrote.
"""

import os
import socket
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pytest

# azure-cli and jmespath are only in this environment, so the ordinary type check does not see them.
jmespath = import_module("jmespath")
azure_cli = import_module("azure.cli.core")

SCRIPTS = Path(__file__).resolve().parents[3] / "deploy" / "azure"
UNIT, RECORD = "\x1f", "\x1e"
COMMANDS = {
    "account show",
    "cognitiveservices account list-deleted",
    "cognitiveservices account purge",
    "containerapp revision list",
    "containerapp show",
    "deployment group list",
    "group create",
    "group delete",
    "group exists",
    "group show",
    "provider register",
    "provider show",
    "resource delete",
    "resource list",
    "role assignment list",
    "version",
    "webapp config show",
    "webapp list-instances",
}


class NetworkUsedError(Exception):
    """Parsing must not ask Azure anything."""


def _refuse(*_args: object, **_kwargs: object) -> NoReturn:
    raise NetworkUsedError


def recorded_calls() -> list[tuple[str, ...]]:
    text = Path(os.environ["AZ_CALLS"]).read_text(encoding="utf-8")
    calls = {tuple(call.split(UNIT)[:-1]) for call in text.split(RECORD) if call}
    return sorted(calls)


def _words(call: tuple[str, ...]) -> str:
    first_option = next((index for index, word in enumerate(call) if word.startswith("-")), len(call))
    return " ".join(call[:first_option])


CALLS = recorded_calls()
# One call for each command and set of options: what the values are does not matter to the parser.
SHAPES = {(_words(call), tuple(word for word in call if word.startswith("--"))): call for call in CALLS}


@pytest.fixture(scope="module")
def cli() -> Any:
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _refuse)
    socket.create_connection = _refuse
    socket.getaddrinfo = _refuse
    return azure_cli.get_default_cli()


class ParsedError(Exception):
    """The call was accepted; what would follow is the command itself."""


def parse(cli: Any, call: tuple[str, ...]) -> Any:
    """Go as far as `az` goes before it runs a command: to the end of parsing."""
    cli.invocation = cli.invocation_cls(
        cli_ctx=cli,
        parser_cls=cli.parser_cls,
        commands_loader_cls=cli.commands_loader_cls,
        help_cls=cli.help_cls,
    )
    parser = cli.invocation.parser
    accept = parser.parse_args

    def parse_and_stop(arguments: list[str]) -> NoReturn:
        raise ParsedError(accept(arguments))

    parser.parse_args = parse_and_stop
    try:
        cli.invocation.execute(list(call))
    except ParsedError as parsed:
        return parsed.args[0]
    raise AssertionError(call)


def test_the_scenarios_made_every_call_that_the_script_can_make() -> None:
    assert {words for words, _ in SHAPES} == COMMANDS


@pytest.mark.parametrize("call", SHAPES.values(), ids=_words)
def test_the_real_cli_accepts(cli: Any, call: tuple[str, ...]) -> None:
    assert parse(cli, call).command == _words(call)


# What the script tells people to run.
ADVICE = [
    ("login",),
    ("account", "set", "--subscription", "s"),
    ("provider", "register", "--namespace", "Microsoft.Web"),
    ("deployment", "group", "cancel", "--resource-group", "g", "--name", "n"),
    ("webapp", "log", "tail", "--name", "n", "--resource-group", "g"),
    ("containerapp", "logs", "show", "--name", "n", "--resource-group", "g", "--follow"),
]


@pytest.mark.parametrize("call", ADVICE, ids=_words)
def test_the_real_cli_accepts_what_people_are_told_to_run(cli: Any, call: tuple[str, ...]) -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in SCRIPTS.glob("*.sh"))
    assert f"az {_words(call)}" in scripts
    assert parse(cli, call).command == _words(call)


@pytest.mark.parametrize(
    "wrong",
    [("group", "create", "--nome", "x"), ("group", "create", "--name", "x"), ("resource", "lists")],
    ids=" ".join,
)
def test_a_wrong_call_would_be_seen(cli: Any, wrong: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        parse(cli, wrong)


QUERIES = sorted({call[call.index("--query") + 1] for call in CALLS if "--query" in call})


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_compiles(query: str) -> None:
    jmespath.compile(query)


def answer(words: str, containing: str, of: object) -> object:
    """What the query of a recorded call makes of an answer shaped like Azure's."""
    queries = {
        call[call.index("--query") + 1]
        for call in CALLS
        if _words(call) == words and "--query" in call and containing in call[call.index("--query") + 1]
    }
    assert queries, f"no call of {words} has {containing!r} in its query"
    return jmespath.search(min(queries), of)


OURS = {"azd-env-name": "voice-rg-openvoicelive-a04c681e"}
RESOURCES = [
    {
        "id": "/1",
        "name": "vm",
        "type": "Microsoft.Compute/virtualMachines",
        "location": "eastus2",
        "tags": None,
    },
    {
        "id": "/2",
        "name": "ai",
        "type": "Microsoft.CognitiveServices/accounts",
        "location": "eastus2",
        "tags": OURS,
    },
    {
        "id": "/3",
        "name": "app",
        "type": "Microsoft.Web/sites",
        "location": "westus2",
        "tags": {**OURS, "azd-service-name": "appservice"},
    },
    {"id": "/4", "name": "theirs", "type": "x", "location": "eastus2", "tags": {"azd-env-name": "other"}},
]


def test_the_queries_find_what_they_should() -> None:
    assert answer("resource list", "'appservice'", RESOURCES) == "app"
    assert answer("resource list", ".location | [0]", RESOURCES) == "westus2"
    assert answer("resource list", "location == 'eastus2'", RESOURCES) == ["/2"]
    assert answer("resource list", "[name, type,", RESOURCES) == [
        ["vm", "Microsoft.Compute/virtualMachines", None],
        ["ai", "Microsoft.CognitiveServices/accounts", "voice-rg-openvoicelive-a04c681e"],
        ["app", "Microsoft.Web/sites", "voice-rg-openvoicelive-a04c681e"],
        ["theirs", "x", "other"],
    ]
    assert answer("group show", "location", {"location": "eastus2", "tags": None}) == "eastus2"
    assert answer("group show", "tags", {"location": "eastus2", "tags": OURS}) == OURS["azd-env-name"]
    assert answer("group show", "tags", {"location": "eastus2", "tags": None}) is None
    assert answer("version", "azure-cli", {"azure-cli": "2.91.0"}) == "2.91.0"
    deployments = [
        {"name": name, "properties": {"provisioningState": state, "timestamp": "2026-11-20T17:02:00+00:00"}}
        for name, state in (("old", "Succeeded"), ("new", "Running"))
    ]
    assert answer("deployment group list", "Running", deployments) == ["new", "2026-11-20T17:02:00+00:00"]
    deleted = [{"name": name, "location": "eastus2", "id": "/x"} for name in ("ai-voice-1", "payroll")]
    assert answer("cognitiveservices account list-deleted", "starts_with", deleted) == [
        ["ai-voice-1", "eastus2", "/x"]
    ]
    app = {"properties": {"template": {"containers": [{"image": "r/i:t"}]}}}
    assert answer("containerapp show", "image", app) == "r/i:t"
