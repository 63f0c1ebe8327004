"""The options of one response: those of `response.create`, or else those of the session."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self, TypeVar

from openvoicelive.errors import InvalidRequest
from openvoicelive.protocol.audio_formats import OutputAudioFormat, output_format
from openvoicelive.protocol.client_events import ResponseOptions
from openvoicelive.protocol.configuration import SessionConfiguration, or_default
from openvoicelive.protocol.language import language_of_talk
from openvoicelive.protocol.options import (
    FunctionTool,
    InterimResponse,
    MaxTokens,
    Modality,
    NamedFunction,
    ToolChoice,
)
from openvoicelive.protocol.session.items import Item, text_of
from openvoicelive.protocol.session.mcp.call import as_functions
from openvoicelive.protocol.session.mcp.lists import McpTarget, Offer, functions_only
from openvoicelive.protocol.session.mcp.server import Tool
from openvoicelive.protocol.voices import Voice
from openvoicelive.protocol.work import ReplyRequest

Value = TypeVar("Value")

# The longest text that is spoken as it is: more than an hour of speech, which is a session's usual limit.
MAX_VERBATIM_CHARACTERS = 65_536


@dataclass(frozen=True)
class EffectiveOptions:
    """The options in effect for one response."""

    instructions: str
    modalities: tuple[Modality, ...]
    voice: Voice
    output_audio_format: OutputAudioFormat
    tools: tuple[FunctionTool, ...]
    mcp_targets: Mapping[str, McpTarget]
    """Which of the tools are those of MCP servers."""
    tool_choice: ToolChoice
    parallel_tool_calls: bool
    temperature: float | None
    max_output_tokens: MaxTokens
    reasoning_effort: str | None
    metadata: dict[str, str] | None
    model: str
    language: str | None
    interim_response: InterimResponse | None

    @property
    def speaks(self) -> bool:
        """Whether the answer is spoken."""
        return "audio" in self.modalities

    def after_tools(self) -> Self:
        """Return the options of the answer to the results of tools that were called with these.

        A forced `tool_choice` becomes `auto`: a model that must call a tool again would never answer.
        """
        return self if self.tool_choice in {"auto", "none"} else replace(self, tool_choice="auto")

    def request(self, items: tuple[Item, ...], verbatim: str | None = None) -> ReplyRequest:
        """Return the request for the reply to these items."""
        return ReplyRequest(
            instructions=self.instructions,
            items=as_functions(items, self.mcp_targets),
            tools=self.tools,
            tool_choice=self.tool_choice,
            parallel_tool_calls=self.parallel_tool_calls,
            model=self.model,
            speaks=self.speaks,
            voice=self.voice,
            audio_format=output_format(self.output_audio_format),
            temperature=self.temperature,
            max_tokens=None if self.max_output_tokens == "inf" else self.max_output_tokens,
            reasoning_effort=self.reasoning_effort,
            language=self.language,
            verbatim=verbatim,
            interim_response=self.interim_response,
        )


def effective(
    session: SessionConfiguration,
    asked: ResponseOptions,
    additional_instructions: str | None,
    offer: Callable[[tuple[Tool, ...]], Offer] = functions_only,
) -> EffectiveOptions:
    """Return the options in effect: those of the response, or else those of the session.

    `offer` returns which of the tools a model can call; by default, the tools of MCP servers are left out.

    Raises:
        InvalidRequest: If the response would have no text, or must call a function that there is not.

    """
    modalities = asked.modalities or session.modalities
    offered = offer(session.tools if asked.tools is None else asked.tools)
    tool_choice = asked.tool_choice or session.tool_choice
    if isinstance(tool_choice, NamedFunction):
        _require_function(tool_choice.name, offered)
    instructions = or_default(asked.instructions, session.instructions)
    if additional_instructions:
        instructions = f"{instructions}\n\n{additional_instructions}".strip()
    voice = session.voice if asked.voice is None else asked.voice
    return EffectiveOptions(
        instructions=instructions,
        modalities=modalities,
        voice=voice,
        output_audio_format=asked.output_audio_format or session.output_audio_format or "pcm16",
        tools=offered.functions,
        mcp_targets=offered.targets,
        tool_choice=tool_choice,
        parallel_tool_calls=session.parallel_tool_calls is not False,
        temperature=_first(asked.temperature, session.temperature),
        max_output_tokens=asked.max_output_tokens or session.max_response_output_tokens,
        reasoning_effort=_first(asked.reasoning_effort, session.reasoning_effort),
        metadata=asked.metadata,
        model=session.model,
        language=language_of_talk(session.input_audio_transcription, voice),
        interim_response=_first(asked.interim_response, session.interim_response),
    )


def _require_function(name: str, offered: Offer) -> None:
    if name not in {tool.name for tool in offered.functions}:
        raise InvalidRequest("invalid_value", f"There is no function {name!r}.", param="response.tool_choice")


def verbatim(asked: ResponseOptions) -> str | None:
    """Return the text that is to be spoken as it is, or None.

    Raises:
        InvalidRequest: If that is not an assistant's message with text, or the text is too long.

    """
    message = asked.verbatim
    if message is None:
        return None
    text = text_of(message)
    if len(text) > MAX_VERBATIM_CHARACTERS:
        raise InvalidRequest(
            "string_above_max_length",
            f"pre_generated_assistant_message must not exceed {MAX_VERBATIM_CHARACTERS} characters.",
            param="response.pre_generated_assistant_message",
        )
    if message.role != "assistant" or not text:
        raise InvalidRequest(
            "invalid_value",
            "pre_generated_assistant_message must be an assistant's message with text.",
            param="response.pre_generated_assistant_message",
        )
    return text


def _first(asked: Value | None, of_session: Value | None) -> Value | None:
    return of_session if asked is None else asked
