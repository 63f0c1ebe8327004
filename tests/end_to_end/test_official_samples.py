"""What the official samples do, step by step, written from the contract: their flows, not their code."""

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from azure.ai.voicelive.models import (
    AssistantMessageItem,
    AudioEchoCancellation,
    AudioInputTranscriptionOptions,
    AudioNoiseReduction,
    AzureSemanticVad,
    AzureStandardVoice,
    FunctionCallOutputItem,
    FunctionTool,
    InputTextContentPart,
    LlmInterimResponseConfig,
    Modality,
    OutputTextContentPart,
    RequestSession,
    ResponseCreateParams,
    ServerEventError,
    ServerEventInputAudioBufferSpeechStarted,
    ServerEventResponseAudioDelta,
    ServerEventResponseCreated,
    ServerEventResponseDone,
    ServerVad,
    StaticInterimResponseConfig,
    SystemMessageItem,
    UserMessageItem,
)

from openvoicelive.chat.interface import ToolCallArguments, ToolCallBegan
from tests.end_to_end.sdk_client import DEADLINE_S, RATE_HZ, SdkClient, sdk_client
from tests.packaging.program import Program, running
from tests.robustness.running_service import running_service
from tests.service.scripted_engines import ChatStep, ScriptedSynthesizer, Wait, scripted
from tests.speech_clips import load

pytestmark = pytest.mark.asyncio(loop_scope="session")

TIME = FunctionTool(name="get_time", parameters={"type": "object", "properties": {}})
WEATHER = FunctionTool(
    name="get_weather",
    description="The weather in a town.",
    parameters={"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
)


@asynccontextmanager
async def scripted_client(answers: Iterable[Iterable[ChatStep]]) -> AsyncIterator[SdkClient]:
    """Connect to the service with a chat model that gives these answers."""
    engines = scripted([], answers, synthesizer=ScriptedSynthesizer(word_ms=20))
    async with running_service(engines) as service, sdk_client(f"http://127.0.0.1:{service.port}") as client:
        yield client


def transcripts(done: dict[str, Any]) -> list[str]:
    """Return what each message of an answer says."""
    messages = (item for item in done["response"]["output"] if item["type"] == "message")
    return [message["content"][0]["transcript"] for message in messages]


class Assistant:
    """The loop of the basic sample: sound goes in, what it hears and plays is decided by events alone."""

    def __init__(self, client: SdkClient) -> None:
        self.client = client
        self.playing = bytearray()
        self.answering = False
        self.interruptions = 0

    async def run_until_answered(self) -> None:
        """Handle events until an answer was given to its end."""
        async for event in self.client.connection:
            self.client.check(event.as_dict())
            match event:
                case ServerEventInputAudioBufferSpeechStarted():
                    self.playing.clear()
                    if self.answering:
                        self.interruptions += 1
                        # Older samples cancel although the service has done so already.
                        await self.client.connection.response.cancel()
                case ServerEventResponseCreated():
                    self.answering = True
                case ServerEventResponseAudioDelta():
                    self.playing += event.delta
                case ServerEventResponseDone():
                    self.answering = False
                    if event.response.status == "completed":
                        return
                case ServerEventError():
                    # The one error that the samples know to be harmless.
                    assert "no active response" in event.error.message.lower(), event.error.message
        raise AssertionError("The connection ended.")


async def test_the_basic_assistant_is_talked_to_and_interrupted(program: Program) -> None:
    async with sdk_client(program.link, model="gpt-realtime") as client:
        await client.connection.session.update(
            session=RequestSession(
                modalities=[Modality.TEXT, Modality.AUDIO],
                instructions="You are a helpful assistant.",
                voice=AzureStandardVoice(name="en-US-AvaNeural"),
                input_audio_format="pcm16",
                output_audio_format="pcm16",
                turn_detection=ServerVad(threshold=0.5, prefix_padding_ms=300, silence_duration_ms=500),
                input_audio_echo_cancellation=AudioEchoCancellation(),
                input_audio_noise_reduction=AudioNoiseReduction(type="azure_deep_noise_suppression"),
                input_audio_transcription=AudioInputTranscriptionOptions(model="azure-speech"),
            )
        )
        await client.until("session.updated")
        await client.write("Tell me a story.")
        await client.until("response.audio.delta")
        assistant = Assistant(client)
        assistant.answering = True
        # Sound that comes at once ends before the assistant's has, whose echo is taken away from the silence,
        # too: so the silence lasts longer than the two seconds that were sent ahead.
        speaking = asyncio.create_task(client.speak(load("question", RATE_HZ), silence_ms=4_000))
        async with asyncio.timeout(DEADLINE_S):
            await assistant.run_until_answered()
        await speaking
        assert assistant.interruptions >= 1
        assert assistant.playing
        assert "remember" in client.transcripts().lower()


async def test_functions_are_called_one_after_the_other(program: Program) -> None:
    async with sdk_client(program.link) as client:
        vad = AzureSemanticVad(interrupt_response=True, create_response=True)
        await client.configure(tools=[WEATHER], tool_choice="auto", turn_detection=vad)
        for _ in range(2):
            await client.write("What is the weather in Beijing?")
            created = await client.until("conversation.item.created", count=2)
            assert created["item"]["type"] == "function_call"
            call = await client.until("response.function_call_arguments.done")
            assert (call["name"], json.loads(call["arguments"])) == ("get_weather", {"location": "Beijing"})
            await client.until("response.done")
            output = FunctionCallOutputItem(call_id=call["call_id"], output='{"weather":"sunny"}')
            await client.connection.conversation.item.create(
                item=output, previous_item_id=created["item"]["id"]
            )
            await client.until("conversation.item.created")
            await client.connection.response.create()
            assert "sunny" in transcripts(await client.until("response.done"))[0]


async def test_functions_are_called_at_once() -> None:
    calls: list[ChatStep] = [
        ToolCallBegan("call_time", "get_time"),
        ToolCallArguments("call_time", "{}"),
        ToolCallBegan("call_weather", "get_weather"),
        ToolCallArguments("call_weather", '{"location":"Beijing"}'),
    ]
    async with scripted_client([calls, ["It is noon", " and sunny."]]) as client:
        await client.configure(tools=[TIME, WEATHER], parallel_tool_calls=True)
        await client.write("What time is it in Beijing, and how is the weather?")
        done = await client.until("response.done")
        assert [item["call_id"] for item in done["response"]["output"]] == ["call_time", "call_weather"]
        for item in done["response"]["output"]:
            output = FunctionCallOutputItem(call_id=item["call_id"], output='"noon, sunny"')
            await client.connection.conversation.item.create(item=output)
        await client.connection.response.create()
        assert transcripts(await client.until("response.done")) == ["It is noon and sunny."]


async def test_a_greeting_that_is_written_beforehand_is_spoken(program: Program) -> None:
    async with sdk_client(program.link) as client:
        await client.configure()
        greeting = AssistantMessageItem(content=[OutputTextContentPart(text="Welcome! How can I help you?")])
        params = ResponseCreateParams(pre_generated_assistant_message=greeting)
        await client.connection.response.create(response=params)
        done = await client.until("response.done")
        assert transcripts(done) == ["Welcome! How can I help you?"]
        assert client.sound().any()
        # It is part of the conversation.
        item_id = done["response"]["output"][0]["id"]
        await client.connection.conversation.item.retrieve(item_id=item_id)
        assert (await client.until("conversation.item.retrieved"))["item"]["role"] == "assistant"


async def test_a_greeting_is_made_by_the_model(program: Program) -> None:
    async with sdk_client(program.link) as client:
        await client.configure()
        part = InputTextContentPart(text="Greet the user, and offer to help.")
        await client.connection.conversation.item.create(item=SystemMessageItem(content=[part]))
        await client.connection.response.create()
        assert transcripts(await client.until("response.done"))[0]
        assert client.sound().any()


async def test_a_long_wait_is_bridged_with_a_text_of_the_clients() -> None:
    async with scripted_client([[Wait(0.5), "Here it is."]]) as client:
        await client.configure(
            interim_response=StaticInterimResponseConfig(texts=["One moment."], latency_threshold_ms=100)
        )
        await client.write("Look it up.")
        assert transcripts(await client.until("response.done")) == ["One moment.", "Here it is."]


async def test_a_call_is_bridged_with_words_of_the_model() -> None:
    call: list[ChatStep] = [ToolCallBegan("call_1", "get_time"), ToolCallArguments("call_1", "{}")]
    async with scripted_client([call, ["I look at the clock."]]) as client:
        interim = LlmInterimResponseConfig(triggers=["tool"], instructions="Say what you do.")
        await client.configure(tools=[TIME], interim_response=interim)
        await client.write("What time is it?")
        done = await client.until("response.done")
        assert transcripts(done) == ["I look at the clock."]
        assert [item["type"] for item in done["response"]["output"]] == ["message", "function_call"]


async def test_an_agent_is_chosen_by_name_and_greets(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("agents")
    (folder / "reception.toml").write_text(
        'instructions = "You are the reception of a hotel."\ngreeting = "Good morning!"\n'
    )
    async with running(
        *(sys.executable, "-m", "openvoicelive", "serve"),
        cwd=folder,
        environment={"PORT": "0", "VOICE_LIVE_AGENTS": str(folder)},
    ) as program:
        await program.ready()
        agent = {"agent_name": "reception", "project_name": "hotel", "agent_version": "1"}
        async with sdk_client(program.link, model=None, **agent) as client:
            assert client.events[0]["session"]["agent"]["name"] == "reception"
            await client.configure()
            assert transcripts(await client.until("response.done")) == ["Good morning!"]
        # Some clients write the names into the query themselves.
        query = {"agent-name": "reception", "agent-project-name": "hotel"}
        async with sdk_client(program.link, model=None, query=query) as client:
            assert client.events[0]["session"]["instructions"] == "You are the reception of a hotel."
        unknown = {"agent_name": "nobody", "project_name": "hotel"}
        async with sdk_client(program.link, model=None, **unknown) as client:
            assert (await client.until("error"))["error"]["code"] == "agent_initialization_failed"


async def test_words_come_with_their_times_and_shapes_of_the_mouth(program: Program) -> None:
    async with sdk_client(program.link) as client:
        await client.configure(output_audio_timestamp_types=["word"], animation={"outputs": ["viseme_id"]})
        await client.write("What is the largest lake?")
        await client.until("response.done")
        words = [event for event in client.events if event["type"] == "response.audio_timestamp.delta"]
        assert " ".join(word["text"] for word in words).lower().startswith("the largest lake")
        offsets = [word["audio_offset_ms"] for word in words]
        assert offsets == sorted(offsets)
        assert any(event["type"] == "response.animation_viseme.delta" for event in client.events)


async def test_a_user_types_while_the_microphone_is_open(program: Program) -> None:
    async with sdk_client(program.link) as client:
        await client.configure()
        silence = base64.b64encode(bytes(RATE_HZ // 5)).decode()
        await client.connection.input_audio_buffer.append(audio=silence)
        message = UserMessageItem(content=[InputTextContentPart(text="What is the largest lake?")])
        await client.connection.conversation.item.create(item=message)
        await client.connection.response.create(additional_instructions="Be short.")
        assert "Caspian" in transcripts(await client.until("response.done"))[0]
