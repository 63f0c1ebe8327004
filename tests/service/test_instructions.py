"""A chat model is never asked without instructions, whatever a client sends."""

from typing import Any

import pytest

from openvoicelive.chat.openai_messages import messages_of
from openvoicelive.service.conversations.opening import DEFAULT_INSTRUCTIONS
from tests.service.in_process_client import conversation
from tests.service.scripted_engines import scripted

NOTHING = [None, "", "  \n"]


@pytest.mark.parametrize("instructions", NOTHING)
async def test_a_session_without_instructions_shows_and_has_the_services_own(
    instructions: str | None,
) -> None:
    engines = scripted([], [["Hello."]])
    async with conversation(engines) as client:
        client.send("session.update", session={"instructions": instructions})
        assert (await client.until("session.updated"))["session"]["instructions"] == DEFAULT_INSTRUCTIONS
        client.send("response.create")
        assert (await client.until("response.done"))["response"]["status"] == "completed"
        assert list(messages_of(engines.chat.calls[0].request)) == [
            {"role": "system", "content": DEFAULT_INSTRUCTIONS}
        ]


@pytest.mark.parametrize("instructions", NOTHING)
@pytest.mark.parametrize("additional", [{}, {"additional_instructions": ""}])
async def test_an_answer_without_instructions_has_the_sessions(
    instructions: str | None, additional: dict[str, Any]
) -> None:
    engines = scripted([], [["Hello."]])
    async with conversation(engines) as client:
        await client.update(instructions="Be brief.")
        response: dict[str, Any] = {"instructions": instructions, "input_items": []}
        client.send("response.create", response=response, **additional)
        await client.until("response.done")
        assert list(messages_of(engines.chat.calls[0].request)) == [
            {"role": "system", "content": "Be brief."}
        ]


async def test_what_an_agent_said_before_in_the_newer_protocols_words_is_in_the_models_history() -> None:
    engines = scripted([], [["Yes."]])
    async with conversation(engines) as client:
        for role, part in (
            ("user", {"type": "input_text", "text": "A lake?"}),
            ("assistant", {"type": "output_text", "text": "The Caspian Sea."}),
            ("assistant", {"type": "output_audio", "transcript": "It is salty."}),
        ):
            item = {"type": "message", "role": role, "content": [part]}
            client.send("conversation.item.create", item=item)
            await client.until("conversation.item.created")
        client.send("response.create")
        await client.until("response.done")
        assert list(messages_of(engines.chat.calls[0].request))[1:] == [
            {"role": "user", "content": "A lake?"},
            {"role": "assistant", "content": "The Caspian Sea."},
            {"role": "assistant", "content": "It is salty."},
        ]
