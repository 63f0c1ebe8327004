"""What applies to a session, and what becomes of a user's wish to change it while it runs."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from openvoicelive.web.page.messages import DEFAULT_TURN_DETECTION, Session
from openvoicelive.web.page.page_report import PageReport
from openvoicelive.web.voice_live.connection import Service
from openvoicelive.web.voice_live.service_events import ServiceError
from openvoicelive.web.voice_live.session_options import SessionOptions

# Each becomes an update of its own, since the service refuses an update as a whole.
_UPDATES = (("voice", "speech_rate"), ("instructions",), ("language",), ("turn_detection", "push_to_talk"))
_CODES = {"cannot_update_voice": "after_speech"}


@dataclass(frozen=True)
class _Update:
    """What was asked of the service and not yet answered."""

    event_id: str
    changes: Mapping[str, Any]


class LiveSettings:
    """The options of one session. The page is told `session` whenever a change has been answered."""

    def __init__(self, options: SessionOptions, page: PageReport, *, shows_instructions: bool) -> None:
        self.options = options
        self._page = page
        self._shows_instructions = shows_instructions
        self._service: Service | None = None
        self._waiting: deque[_Update] = deque()
        self._refused: dict[str, str] = {}
        self._count = 0

    async def configure(self, service: Service) -> None:
        """Send all options to a service that was just reached."""
        self._service = service
        self._refuse_rate()
        await service.configure(self.options.session())
        self._waiting.append(_Update("", {}))

    async def change(
        self, changes: Mapping[str, Any], refused: Mapping[str, str], *, has_spoken: bool
    ) -> None:
        """Ask for changes; `refused` are those that the operator does not allow.

        Raises:
            ServiceClosed: If the connection is gone.

        """
        if not self._waiting:
            self._refused = {}
        self._refused |= refused
        for names in _UPDATES:
            wanted = {name: changes[name] for name in names if name in changes and name not in refused}
            await self._update(self._possible(wanted, has_spoken=has_spoken))
        if self._service and not self._waiting:
            self.tell()

    def take_update(self) -> None:
        """Note that the service has taken the oldest update."""
        if self._waiting:
            self.options = replace(self.options, **self._waiting.popleft().changes)
            if not self._waiting:
                self.tell()

    def take_error(self, error: ServiceError) -> bool:
        """Note that the service refused an update; returns whether the error was about one."""
        update = next((update for update in self._waiting if update.event_id == error.event_id), None)
        if update is None and (error.param or "").startswith("session.") and self._waiting:
            update = self._waiting[0]
        if update is None or not update.changes:
            return False
        self._waiting.remove(update)
        self._refused |= dict.fromkeys(update.changes, _CODES.get(error.code or "", error.message))
        if not self._waiting:
            self.tell()
        return True

    def tell(self) -> None:
        """Tell the page what applies."""
        options = self.options
        self._page.tell(
            Session(
                model=options.model,
                agent=options.agent.name if options.agent else None,
                voice=options.voice,
                language=options.language,
                instructions=options.instructions if self._shows_instructions else None,
                turn_detection=options.turn_detection or DEFAULT_TURN_DETECTION,
                speech_rate=options.speech_rate,
                push_to_talk=options.push_to_talk,
                word_times=options.word_times,
                refused=self._refused,
            )
        )

    def _possible(self, wanted: dict[str, Any], *, has_spoken: bool) -> dict[str, Any]:
        """Return what of it is a change, and can be one."""
        current = self._asked_for()
        if turns := wanted.get("turn_detection"):
            wanted["turn_detection"] = turns.over(current.turn_detection or DEFAULT_TURN_DETECTION)
        changes = {name: value for name, value in wanted.items() if value != getattr(current, name)}
        if has_spoken:
            self._refuse(changes, ("voice", "speech_rate"), "after_speech")
        if "speech_rate" in changes and not replace(current, **changes).has_azure_voice:
            self._refuse(changes, ("speech_rate",), "voice_has_one_pace")
        return changes

    def _refuse(self, changes: dict[str, Any], names: tuple[str, ...], code: str) -> None:
        for name in names:
            if changes.pop(name, None) is not None:
                self._refused[name] = code

    def _refuse_rate(self) -> None:
        """Refuse a rate that the session was to begin with, where the voice has only its own."""
        if self.options.speech_rate != 1 and not self.options.has_azure_voice:
            self.options = replace(self.options, speech_rate=1.0)
            self._refused["speech_rate"] = "voice_has_one_pace"

    async def _update(self, changes: dict[str, Any]) -> None:
        if not changes:
            return
        if self._service is None:
            self.options = replace(self.options, **changes)
            return
        self._count += 1
        event_id = f"settings_{self._count}"
        part = replace(self._asked_for(), **changes).part(next(iter(changes)))
        self._waiting.append(_Update(event_id, changes))
        await self._service.configure(part, event_id=event_id)

    def _asked_for(self) -> SessionOptions:
        """Return the options as they will be if the service takes all that it was asked for."""
        options = self.options
        for update in self._waiting:
            options = replace(options, **update.changes)
        return options
