"""The command line: `openvoicelive serve`, `openvoicelive check`."""

import argparse
import asyncio
import errno
import logging
import os
import shlex
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from dotenv import dotenv_values

from openvoicelive.asgi import create_app, service_is_installed
from openvoicelive.errors import SettingsError
from openvoicelive.logs import configure_logging
from openvoicelive.protocol.dialects.interface import MAX_MESSAGE_BYTES
from openvoicelive.serving.draining import Draining
from openvoicelive.serving.memory import limit_arenas
from openvoicelive.serving.server import Server, server_config
from openvoicelive.settings import Settings

log = logging.getLogger("openvoicelive")

# Connections that the kernel holds until they are accepted; far more than sessions at once.
BACKLOG = 512
# Only the system's administrator may listen on lower ports.
_FIRST_FREE_PORT = 1024
_LAST_PORT = 65_535
_NOT_INSTALLED = "To talk without an account, install our own service: pip install 'openvoicelive[local]'"

_NO_EFFECT = "%s has no effect: AZURE_VOICE_LIVE_ENDPOINT is set."


class _PortTakenError(SettingsError):
    """Another program uses the port, possibly another instance of this one."""


class _OutputError(SettingsError):
    """The output of a command cannot be printed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status."""
    limit_arenas()
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        settings = replace(
            Settings.from_environment(_environment()), service_installed=service_is_installed()
        )
        configure_logging(settings.log_format, verbose=settings.verbose)
        if chosen.command == "check":
            return asyncio.run(_check(settings))
        return _serve(settings, chosen.called_as or _typed_command())
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    finally:
        _discard_unwritable_output()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="openvoicelive", description="Talk with an AI agent in real time, in the browser."
    )
    parser.add_argument("--version", action="version", version=version("openvoicelive"))
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve", help="start the page and, without an Azure endpoint, the Voice Live service"
    )
    serve.add_argument(
        "--called-as",
        metavar="COMMAND",
        help="the command that the user typed, for messages; scripts set it",
    )
    commands.add_parser("check", help="validate the settings and list the engines that load")
    return parser


def _environment() -> Mapping[str, str]:
    """Return the environment, merged over the `.env` file in this folder.

    Raises:
        SettingsError: If that file cannot be read.

    """
    try:
        said = dotenv_values(Path(".env"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file .env in this folder cannot be read: {error}.") from None
    return {name: value for name, value in said.items() if value is not None} | os.environ


def _typed_command() -> str:
    """Return the command that started this program, quoted for a shell."""
    program, *arguments = sys.argv
    if Path(program).name == "__main__.py":
        return shlex.join(sys.orig_argv)  # python -m openvoicelive
    name = Path(program).name
    return shlex.join([name if shutil.which(name) == program else program, *arguments])


def _serve(settings: Settings, command: str) -> int:
    try:
        listener = _listen(settings)
    except _PortTakenError as error:
        raise SettingsError(
            f"{error} Use another port: PORT={_other_port(settings.port)} {command}"
        ) from None
    host, port = listener.getsockname()[:2]
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    for name in settings.missing:
        log.warning("%s is not set. Until it is set, no session can start.", name)
    for name in settings.unused:
        log.warning(_NO_EFFECT, name)
    if settings.uses_own_service and not settings.service_installed:
        log.warning(_NOT_INSTALLED)
    log.info(
        "openvoicelive %s, build %s.",
        version("openvoicelive"),
        settings.build or "not named",
        extra={"figures": {"version": version("openvoicelive"), "build": settings.build}},
    )
    draining = Draining()
    server = Server(
        server_config(
            create_app(settings, service_url=_own_url(host, port), draining=draining),
            max_message_bytes=MAX_MESSAGE_BYTES,
        ),
        draining,
        drain_limit_s=settings.drain_limit_s,
        ready=lambda: _greet(f"Open {url} in a browser. Ctrl+C stops.", settings),
    )
    server.run(sockets=[listener])
    return 0 if server.started else 1


def _greet(sentence: str, settings: Settings) -> None:
    if settings.log_format == "json":
        log.info(sentence)
        return
    try:
        _say(sentence)
    except _OutputError as error:
        log.warning("%s %s", error, sentence)


def _say(sentence: str) -> None:
    """Print a line.

    Raises:
        _OutputError: If that cannot be, for example because the disk is full.

    """
    try:
        print(sentence, flush=True)
    except OSError as error:
        raise _OutputError(f"stdout cannot be written to ({error.strerror}).") from None


def _discard_unwritable_output() -> None:
    """Flush stdout or discard it. Otherwise Python fails again when it exits, with status 120."""
    try:
        sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _listen(settings: Settings) -> socket.socket:
    """Bind the port, before anything slow starts.

    Raises:
        SettingsError: If that fails; says whether the port or the host is the cause.

    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        listener.close()
        raise _listen_error(settings, error) from None
    return listener


def _listen_error(settings: Settings, error: OSError | UnicodeError) -> SettingsError:
    """Return an error that names the setting because of which the server cannot listen."""
    port = f"Port {settings.port} on {settings.host} cannot be used"
    match error:
        case UnicodeError() | socket.gaierror() | OSError(errno=errno.EADDRNOTAVAIL | errno.EAFNOSUPPORT):
            why = error.strerror if isinstance(error, OSError) else "it is not a host name"
            return SettingsError(
                f"HOST {settings.host} cannot be used ({why}). Set HOST to an address of this machine: "
                "127.0.0.1 for local clients only, or 0.0.0.0 for everybody who can reach it."
            )
        case OSError(errno=errno.EADDRINUSE):
            return _PortTakenError(f"{port} ({error.strerror}).")
        case _:
            return SettingsError(
                f"{port} ({error.strerror}). Set PORT to another port: {_other_port(settings.port)}."
            )


def _other_port(port: int) -> int:
    """Return a port to try instead."""
    return port + 10 if _FIRST_FREE_PORT <= port <= _LAST_PORT - 10 else 8010


def _own_url(host: str, port: int) -> str:
    """Return the URL on which this machine reaches itself, also if the server listens on all interfaces."""
    own = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{own}:{port}"


async def _check(settings: Settings) -> int:
    """Report what was set.

    Raises:
        SettingsError: As `serve` would, or if the report cannot be printed.

    """
    try:
        _listen(settings).close()
        taken = None
    except _PortTakenError as error:
        taken = error  # not a mistake: the program itself may be running
    # This reads all files that settings name. Without telemetry, which would start to send.
    create_app(replace(settings, telemetry_connection=None), service_url="", draining=Draining())
    if taken:
        _say(f"{taken} If another program than openvoicelive uses it, set PORT to another port.")
    _say(f"Endpoint: {settings.endpoint or 'our own service, on this machine'}")
    for name in settings.missing:
        _say(f"Missing: {name}")
    for name in settings.unused:
        _say(f"Note: {_NO_EFFECT % name}")
    if not settings.uses_own_service:
        return 1 if settings.missing else 0
    if not settings.service_installed:
        _say(_NOT_INSTALLED)
        return 1
    # Not at the top of the file: without the extra "local" this cannot be imported.
    from openvoicelive.service.engines import load_engines  # noqa: PLC0415 - see above

    engines = await load_engines(settings)
    try:
        _say(f"Recognition: {engines.recognition.recognizer.name}")
        _say(f"Voice: {engines.synthesizer.name}")
        _say(f"Answers: {engines.chat.name}")
        for problem in engines.problems:
            _say(f"Problem: {problem}")
        for sentence in engines.damaged:
            _say(f"Damaged: {sentence}")
        for sentence in engines.unused:
            _say(f"Note: {sentence}")
    finally:
        await engines.close()
    return 1 if engines.problems or engines.damaged or settings.missing else 0
