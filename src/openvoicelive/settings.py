"""Settings: read once from the environment or a `.env` file, validated; an error says what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from secrets import token_urlsafe
from typing import get_args
from urllib.parse import urlsplit

from openvoicelive.allowed_servers import AllowedServers
from openvoicelive.cores import available_cores
from openvoicelive.errors import SettingsError
from openvoicelive.logs import LogFormat
from openvoicelive.trusted_proxies import TrustedProxies

DEFAULT_MODEL = "gpt-realtime"
DEFAULT_VOICE = "en-US-AvaNeural"
DEFAULT_INSTRUCTIONS = (
    "You are a friendly voice assistant. Answer in one or two short sentences, as people do when they talk."
)
PAGE_ACCESS = frozenset({"everyone", "networks", "sign-in"})
USER_CHOICES = frozenset(
    {"voice", "instructions", "model", "language", "turn_detection", "speech_rate", "events"}
)


# With the engines of the extra "local", 2 cores answer 32 conversations well (docs/measurements.md).
OWN_SESSIONS_PER_CORE = 16
# A client of Azure only relays sound: one core relays 300 conversations.
AZURE_SESSIONS = 64


def sessions_of_own_service(cores: float) -> int:
    """Return how many conversations this number of cores can hold, with engines in the process."""
    return max(1, int(OWN_SESSIONS_PER_CORE * cores))


@dataclass(frozen=True)
class Settings:
    """Everything that an operator can set, with the name of the variable under each field."""

    endpoint: str | None = None
    """AZURE_VOICE_LIVE_ENDPOINT: the Voice Live endpoint; without it, our own service."""

    api_key: str | None = field(default=None, repr=False)
    """AZURE_VOICE_LIVE_API_KEY: without it, DefaultAzureCredential."""

    model: str | None = None
    """VOICE_LIVE_MODEL."""

    voice: str = DEFAULT_VOICE
    """VOICE_LIVE_VOICE."""

    instructions: str = DEFAULT_INSTRUCTIONS
    """VOICE_LIVE_INSTRUCTIONS."""

    verbose: bool = False
    """VOICE_LIVE_VERBOSE: log more."""

    log_format: LogFormat = "text"
    """VOICE_LIVE_LOG_FORMAT: text to stderr, or json: one object in each line, to stdout."""

    telemetry_connection: str | None = field(default=None, repr=False)
    """APPLICATIONINSIGHTS_CONNECTION_STRING: the destination of traces and metrics."""

    host: str = "127.0.0.1"
    """HOST: the address to listen on."""

    port: int = 8000
    """PORT."""

    chat_url: str | None = None
    """VOICE_LIVE_CHAT_URL: an OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1."""

    chat_model: str | None = None
    """VOICE_LIVE_CHAT_MODEL."""

    chat_api_key: str | None = field(default=None, repr=False)
    """VOICE_LIVE_CHAT_API_KEY."""

    service_api_key: str | None = field(default=None, repr=False)
    """VOICE_LIVE_SERVICE_API_KEY: the key that clients of our own service must send."""

    access_code: str | None = field(default=None, repr=False)
    """VOICE_LIVE_ACCESS_CODE: the code that a person must type before the page connects."""

    page_access: str | None = None
    """VOICE_LIVE_PAGE_ACCESS: who the platform in front of the app lets in; replaces the access code."""

    allowed_origins: frozenset[str] = frozenset()
    """VOICE_LIVE_ALLOWED_ORIGINS: further origins, comma separated, whose pages may connect; while HOST is
    this machine, requests may also name their hosts."""

    trusted_proxies: TrustedProxies = field(default_factory=TrustedProxies)
    """VOICE_LIVE_TRUSTED_PROXIES: addresses and networks, comma separated, of proxies whose
    X-Forwarded-For is trusted, besides those on this machine; * if only a proxy can connect."""

    metrics_key: str | None = field(default=None, repr=False)
    """VOICE_LIVE_METRICS_KEY: the key that Prometheus must send; without it, /metrics is for this machine."""

    user_may_choose: frozenset[str] = frozenset()
    """VOICE_LIVE_USER_MAY_CHOOSE: the settings that users can change: voice, instructions, model, language,
    turn_detection, speech_rate, events. By default all but model if HOST is this machine, otherwise none."""

    page_settings: str | None = None
    """VOICE_LIVE_PAGE_SETTINGS: instead, a file of settings and their values (docs/page-settings.md)."""

    agents_folder: str | None = None
    """VOICE_LIVE_AGENTS: a folder of agent files, which clients choose by name."""

    mcp_servers: AllowedServers = field(default_factory=AllowedServers)
    """VOICE_LIVE_MCP_SERVERS: the MCP servers that clients may use: hosts or addresses, comma separated."""

    max_sessions: int = field(default_factory=lambda: sessions_of_own_service(available_cores()))
    """VOICE_LIVE_MAX_SESSIONS: conversations at once; further clients are told to try again."""

    session_limit_s: int = 3600
    """VOICE_LIVE_SESSION_LIMIT_SECONDS: the longest duration of a session."""

    busy_limit_s: int = 30
    """VOICE_LIVE_BUSY_SECONDS: how long a new session tries again while the service is busy."""

    identity_client_id: str | None = None
    """AZURE_CLIENT_ID: the user-assigned managed identity, if there is one."""

    drain_limit_s: int = 100
    """VOICE_LIVE_DRAIN_SECONDS: how long conversations may go on after SIGTERM."""

    build: str | None = None
    """BUILD_ID: the build of the image, which `/healthz` returns."""

    service_installed: bool = True
    """Not from the environment: whether our own service could be imported (the extra "local")."""

    internal_key: str = field(default_factory=token_urlsafe, repr=False, compare=False)
    """Not from the environment: the key with which the web app asks its own service for details."""

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def uses_own_service(self) -> bool:
        """Whether the web app talks to our own service, over loopback."""
        return self.endpoint is None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The values that no log, message or page may show."""
        secrets = (
            *(self.api_key, self.chat_api_key, self.service_api_key, self.access_code),
            *(self.metrics_key, self.internal_key),
        )
        return tuple(secret for secret in secrets if secret)

    @property
    def missing(self) -> tuple[str, ...]:
        """The variables without which a conversation cannot start."""
        if self.endpoint is None:
            return ("AZURE_VOICE_LIVE_ENDPOINT",) if self.api_key or not self.service_installed else ()
        return () if self.model else ("VOICE_LIVE_MODEL",)

    @property
    def unused(self) -> tuple[str, ...]:
        """The variables for our own service that have no effect, because another service is used."""
        if self.uses_own_service:
            return ()
        given = {
            "VOICE_LIVE_CHAT_URL": self.chat_url,
            "VOICE_LIVE_CHAT_MODEL": self.chat_model,
            "VOICE_LIVE_CHAT_API_KEY": self.chat_api_key,
            "VOICE_LIVE_AGENTS": self.agents_folder,
            "VOICE_LIVE_MCP_SERVERS": self.mcp_servers.entries,
        }
        return tuple(name for name, value in given.items() if value)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and validate the settings.

        Raises:
            SettingsError: If a value cannot be understood, or would expose the service without a key.

        """
        given = {name: value.strip() for name, value in environment.items() if value.strip()}
        settings = cls(
            endpoint=_url(given, "AZURE_VOICE_LIVE_ENDPOINT"),
            api_key=given.get("AZURE_VOICE_LIVE_API_KEY"),
            model=given.get("VOICE_LIVE_MODEL"),
            voice=given.get("VOICE_LIVE_VOICE", DEFAULT_VOICE),
            instructions=given.get("VOICE_LIVE_INSTRUCTIONS", DEFAULT_INSTRUCTIONS),
            verbose=given.get("VOICE_LIVE_VERBOSE", "").lower() in {"1", "true", "yes", "on"},
            log_format=_log_format(given),
            telemetry_connection=given.get("APPLICATIONINSIGHTS_CONNECTION_STRING"),
            host=given.get("HOST", "127.0.0.1"),
            port=_number(given, "PORT", 8000, 0, 65_535),
            chat_url=_url(given, "VOICE_LIVE_CHAT_URL"),
            chat_model=given.get("VOICE_LIVE_CHAT_MODEL"),
            chat_api_key=given.get("VOICE_LIVE_CHAT_API_KEY"),
            service_api_key=given.get("VOICE_LIVE_SERVICE_API_KEY"),
            access_code=given.get("VOICE_LIVE_ACCESS_CODE"),
            page_access=given.get("VOICE_LIVE_PAGE_ACCESS"),
            allowed_origins=_names(given, "VOICE_LIVE_ALLOWED_ORIGINS"),
            trusted_proxies=TrustedProxies.parse(_names(given, "VOICE_LIVE_TRUSTED_PROXIES")),
            metrics_key=given.get("VOICE_LIVE_METRICS_KEY"),
            user_may_choose=_names(given, "VOICE_LIVE_USER_MAY_CHOOSE"),
            page_settings=given.get("VOICE_LIVE_PAGE_SETTINGS"),
            agents_folder=given.get("VOICE_LIVE_AGENTS"),
            mcp_servers=AllowedServers.parse(_names(given, "VOICE_LIVE_MCP_SERVERS")),
            max_sessions=_number(given, "VOICE_LIVE_MAX_SESSIONS", _default_sessions(given), 1, 10_000),
            session_limit_s=_number(given, "VOICE_LIVE_SESSION_LIMIT_SECONDS", 3600, 1, 86_400),
            busy_limit_s=_number(given, "VOICE_LIVE_BUSY_SECONDS", 30, 0, 300),
            identity_client_id=given.get("AZURE_CLIENT_ID"),
            drain_limit_s=_number(given, "VOICE_LIVE_DRAIN_SECONDS", 100, 0, 120),
            build=given.get("BUILD_ID"),
        )
        settings._check()
        return settings

    def _check(self) -> None:
        unknown = self.user_may_choose - USER_CHOICES
        if unknown:
            raise SettingsError(
                f"VOICE_LIVE_USER_MAY_CHOOSE names {', '.join(sorted(unknown))}; "
                f"it may name {', '.join(sorted(USER_CHOICES))}."
            )
        if self.page_access not in {None, *PAGE_ACCESS}:
            raise SettingsError(
                f"VOICE_LIVE_PAGE_ACCESS may be {', '.join(sorted(PAGE_ACCESS))}; it is {self.page_access!r}."
            )
        if self.is_loopback:
            return
        wanted = {
            **({} if self.page_access else {"VOICE_LIVE_ACCESS_CODE": self.access_code}),
            **({"VOICE_LIVE_SERVICE_API_KEY": self.service_api_key} if self.uses_own_service else {}),
        }
        absent = [name for name, value in wanted.items() if not value]
        if absent:
            raise SettingsError(
                f"HOST is {self.host}, so others can connect: set {' and '.join(absent)} first, "
                "or leave HOST at 127.0.0.1."
            )


def _url(given: Mapping[str, str], name: str) -> str | None:
    value = given.get(name)
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.hostname:
        raise SettingsError(f"{name} must be a URL such as https://example.com; it is {value!r}.")
    return value.rstrip("/")


def _number(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = given.get(name)
    if value is None:
        return default
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}; it is {value!r}.")
    return int(value)


def _default_sessions(given: Mapping[str, str]) -> int:
    is_azure = "AZURE_VOICE_LIVE_ENDPOINT" in given
    return AZURE_SESSIONS if is_azure else sessions_of_own_service(available_cores())


def _log_format(given: Mapping[str, str]) -> LogFormat:
    value = given.get("VOICE_LIVE_LOG_FORMAT", "text")
    for known in get_args(LogFormat):
        if value == known:
            return known  # type: ignore[no-any-return]
    raise SettingsError(f"VOICE_LIVE_LOG_FORMAT may be text or json; it is {value!r}.")


def _names(given: Mapping[str, str], name: str) -> frozenset[str]:
    return frozenset(part.strip() for part in given.get(name, "").split(",") if part.strip())
