"""One response, from `response.created` to `response.done`."""

from collections.abc import Generator, Iterator
from typing import Literal, assert_never

from openvoicelive.protocol import server_events, work
from openvoicelive.protocol.configuration import SessionConfiguration
from openvoicelive.protocol.ids import NewId
from openvoicelive.protocol.options import Modality
from openvoicelive.protocol.server_events import (
    ErrorDetails,
    ResponseObject,
    ResponseStatus,
    ServerEvent,
    StatusDetails,
)
from openvoicelive.protocol.session.conversation import Conversation
from openvoicelive.protocol.session.items import Item, ItemStatus
from openvoicelive.protocol.session.mcp.call import McpCall
from openvoicelive.protocol.session.output_message import OutputMessage
from openvoicelive.protocol.session.response_options import EffectiveOptions
from openvoicelive.protocol.session.tool_calls import FunctionCall
from openvoicelive.protocol.usage import context_tokens, text_tokens, usage

ReplyProgress = work.Wrote | work.Spoke | work.MessageEnded | work.ToolCallBegan | work.ToolCallArguments
"""Reports of a reply that goes on."""

ReplyOver = work.ReplyEnded | work.ReplyFailed
"""The last report of a reply."""

Step = Literal["complete", "cancel", "reach_limit", "fail"]

NEXT_STATUS: dict[ResponseStatus, dict[Step, ResponseStatus]] = {
    "in_progress": {
        "complete": "completed",
        "cancel": "cancelled",
        "reach_limit": "incomplete",
        "fail": "failed",
    },
    "completed": {},
    "cancelled": {},
    "incomplete": {},
    "failed": {},
}

# Why a model stopped early, as the details of a response's status name it.
_LIMITS = {"length": "max_output_tokens", "content_filter": "content_filter"}


class Response:
    """One response: takes the reports of its reply and yields server events."""

    def __init__(  # noqa: PLR0913 - ids and what the response belongs to
        self,
        *,
        response_id: str,
        conversation_id: str | None,
        options: EffectiveOptions,
        configuration: SessionConfiguration,
        conversation: Conversation,
        new_id: NewId,
        context: tuple[Item, ...] | None = None,
        verbatim: str | None = None,
    ) -> None:
        self.id = response_id
        self.options = options
        self.status: ResponseStatus = "in_progress"
        self.is_announced = False
        self.request: work.ReplyRequest | None = None
        self._conversation_id = conversation_id
        self._configuration = configuration
        self._conversation = conversation
        self._new_id = new_id
        self._context = context
        self._verbatim = verbatim
        self.mcp_calls: list[McpCall] = []
        """Calls with complete arguments; they run when the response is over."""
        self._open: OutputMessage | FunctionCall | McpCall | None = None
        self._output: list[Item] = []
        self._status_details: StatusDetails | None = None
        self._text_characters = 0
        self._sound_ms = 0.0
        self._prompt_tokens: int | None = None
        self._completion_tokens: int | None = None

    @property
    def has_sound(self) -> bool:
        """Whether anything was spoken."""
        return self._sound_ms > 0

    @property
    def output(self) -> tuple[Item, ...]:
        """The items that are complete."""
        return tuple(self._output)

    @property
    def speaking_item_id(self) -> str | None:
        """The message that is being spoken."""
        spoken = isinstance(self._open, OutputMessage) and self._open.speaks
        return self._open.item_id if spoken and self._open else None

    def begin(self, items: tuple[Item, ...]) -> work.ReplyRequest:
        """Return the request for the reply to these items, or to the context of the response."""
        context = items if self._context is None else self._context
        self.request = self.options.request(context, self._verbatim)
        return self.request

    def created(self) -> ServerEvent:
        """Announce the response."""
        self.is_announced = True
        return server_events.ResponseCreated(response=self._object())

    def progress(self, report: ReplyProgress) -> Iterator[ServerEvent]:
        """Add what the reply has generated."""
        match report:
            case work.Wrote():
                return self._wrote(report)
            case work.Spoke():
                return self._spoke(report)
            case work.MessageEnded():
                return self._close("completed")  # what follows is another message
            case work.ToolCallBegan():
                return self._call_began(report)
            case work.ToolCallArguments():
                return self._call_arguments(report)
            case never:
                assert_never(never)

    def over(self, report: ReplyOver) -> Iterator[ServerEvent]:
        """End, as the model did or because the reply failed."""
        match report:
            case work.ReplyEnded():
                return self._ended(report)
            case work.ReplyFailed():
                return self._failed(report)
            case never:
                assert_never(never)

    def cancel(self, reason: Literal["turn_detected", "client_cancelled"]) -> Iterator[ServerEvent]:
        """End the response now and close its open item."""
        yield from self._finish("cancel", "incomplete", StatusDetails(type="cancelled", reason=reason))

    def _wrote(self, report: work.Wrote) -> Iterator[ServerEvent]:
        message = yield from self._message()
        self._text_characters += len(report.text)
        yield message.wrote(report.text)

    def _spoke(self, report: work.Spoke) -> Iterator[ServerEvent]:
        message = yield from self._message()
        self._text_characters += len(report.text)
        self._sound_ms += report.duration_ms
        self._conversation.add_sound(message.item_id, report.duration_ms, report.words)
        yield from message.spoke(report.text, report.audio, report.words, report.visemes)

    def _call_began(self, report: work.ToolCallBegan) -> Iterator[ServerEvent]:
        """Add a call of a client's function, or of a tool of an MCP server."""
        yield from self._close("completed")
        target = self.options.mcp_targets.get(report.name)
        item_id, index = self._new_id("item"), len(self._output)
        call: McpCall | FunctionCall
        if target is not None:
            call = McpCall(self.id, item_id, index, report.call_id, target)
        else:
            call = FunctionCall(self.id, item_id, index, report.call_id, report.name)
        yield from self._add(call, call.item("in_progress"))

    def _call_arguments(self, report: work.ToolCallArguments) -> Iterator[ServerEvent]:
        if isinstance(self._open, FunctionCall | McpCall) and self._open.call_id == report.call_id:
            self._text_characters += len(report.delta)
            yield self._open.wrote(report.delta)

    def _ended(self, report: work.ReplyEnded) -> Iterator[ServerEvent]:
        self._prompt_tokens = report.prompt_tokens
        self._completion_tokens = report.completion_tokens
        reason = _LIMITS.get(report.finish_reason)
        if reason is None:
            yield from self._finish("complete", "completed", None)
        else:
            yield from self._finish(
                "reach_limit", "incomplete", StatusDetails(type="incomplete", reason=reason)
            )

    def _failed(self, report: work.ReplyFailed) -> Iterator[ServerEvent]:
        error = ErrorDetails(type="server_error", code=report.code, message=report.message)
        yield from self._finish("fail", "incomplete", StatusDetails(type="failed", error=error))

    def _message(self) -> Generator[ServerEvent, None, OutputMessage]:
        if isinstance(self._open, OutputMessage):
            return self._open
        yield from self._close("completed")
        animation = self._configuration.animation
        message = OutputMessage(
            response_id=self.id,
            item_id=self._new_id("item"),
            output_index=len(self._output),
            speaks=self.options.speaks,
            sends_word_times="word" in (self._configuration.output_audio_timestamp_types or ()),
            sends_visemes="viseme_id" in ((animation and animation.outputs) or ()),
        )
        yield from self._add(message, message.item("in_progress"))
        yield message.part_added()
        return message

    def _add(self, opened: OutputMessage | FunctionCall | McpCall, item: Item) -> Iterator[ServerEvent]:
        self._open = opened
        yield server_events.OutputItemAdded(response_id=self.id, output_index=opened.output_index, item=item)
        previous_item_id = self._conversation.insert(item)
        if self._conversation_id is not None:
            yield server_events.ItemCreated(previous_item_id=previous_item_id, item=item)

    def _close(self, status: ItemStatus) -> Iterator[ServerEvent]:
        if self._open is None:
            return
        yield from self._open.done(status)
        item = self._open.item(status)
        self._output.append(item)
        self._conversation.complete(item)
        if isinstance(self._open, McpCall) and status == "completed":
            self.mcp_calls.append(self._open)
        self._open = None

    def _finish(
        self, step: Step, item_status: ItemStatus, details: StatusDetails | None
    ) -> Iterator[ServerEvent]:
        self.status = NEXT_STATUS[self.status][step]
        self._status_details = details
        yield from self._close(item_status)
        if step != "complete":
            yield from self._cut_mcp_calls()
        yield server_events.ResponseDone(response=self._object())

    def _cut_mcp_calls(self) -> Iterator[ServerEvent]:
        for call in self.mcp_calls:
            yield from call.cut()
            self._output[call.output_index] = call.item()
            self._conversation.complete(call.item())
        self.mcp_calls.clear()

    def _usage(self) -> server_events.Usage:
        prompt_tokens, request = self._prompt_tokens, self.request
        if prompt_tokens is None:
            prompt_tokens = context_tokens(request.instructions, request.items) if request else 0
        return usage(
            input_text_tokens=prompt_tokens,
            input_audio_ms=self._conversation.user_audio_ms,
            output_text_tokens=(
                text_tokens("x" * self._text_characters)
                if self._completion_tokens is None
                else self._completion_tokens
            ),
            output_audio_ms=self._sound_ms,
        )

    def _object(self) -> ResponseObject:
        options = self.options
        modalities: tuple[Modality, ...] = options.modalities
        return ResponseObject(
            id=self.id,
            status=self.status,
            status_details=self._status_details,
            output=tuple(self._output),
            usage=None if self.status == "in_progress" else self._usage(),
            conversation_id=self._conversation_id,
            modalities=modalities,
            voice=options.voice,
            output_audio_format=options.output_audio_format,
            temperature=options.temperature,
            max_output_tokens=options.max_output_tokens,
            metadata=options.metadata,
        )
