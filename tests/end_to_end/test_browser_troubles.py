"""Two people at once, and what goes wrong between a real browser and the real program."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.browser import played_pcm
from tests.chat.fake_server import EVENT_STREAM, event, serving
from tests.end_to_end.browser_conversation import recognised, visiting
from tests.end_to_end.browser_microphone import BEFORE_READY_S, clip, silence, write_wav
from tests.packaging.program import Program, free_port, running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_people_at_once_never_hear_each_other(program: Program, tmp_path: Path) -> None:
    first = write_wav(tmp_path / "first.wav", silence(BEFORE_READY_S), clip("question"))
    second = write_wav(tmp_path / "second.wav", silence(BEFORE_READY_S), clip("contrast"))
    async with visiting(program.link, first) as one, visiting(program.link, second) as other:
        await one.start()
        await other.start()
        for visitor, own, foreign in ((one, "remember", "everything"), (other, "everything", "remember")):
            assert own in (await visitor.words("user")).lower()
            await visitor.sees("Ready")
            assert own in (await visitor.words("assistant")).lower()
            assert await visitor.entries() == 2
            heard = recognised((await played_pcm(visitor.page)).sound()).lower()
            assert own in heard
            assert foreign not in heard
        await one.click("Stop session")
        await one.sees("Stopped")
        await other.write("What is the largest lake?")
        assert "Caspian Sea" in await other.words("assistant", 1)


async def test_a_refused_microphone_gets_a_sentence_and_no_session(program: Program) -> None:
    flags = ["--use-fake-device-for-media-stream", "--deny-permission-prompts"]
    async with visiting(program.link, None, more_flags=flags) as visitor:
        await visitor.click("Start session")
        await visitor.sees("Problem")
        await visitor.reads("The browser did not give this page the microphone. Allow it")
        await visitor.screenshot("problem-microphone-refused")


async def test_an_agent_that_was_restarted_knows_what_was_said_before(tmp_path: Path) -> None:
    serve = (sys.executable, "-m", "openvoicelive", "serve")
    microphone = write_wav(tmp_path / "silence.wav", silence(1))
    answer = (EVENT_STREAM, event({"content": "I see."}), event({}, finish="stop"), "data: [DONE]\n\n")
    async with serving(*answer) as model:
        model_is = {"VOICE_LIVE_CHAT_URL": model.url, "VOICE_LIVE_CHAT_MODEL": "m"}
        environment = {"PORT": str(free_port()), **model_is}
        async with running(*serve, cwd=tmp_path, environment=environment) as doomed:
            await doomed.ready()
            async with visiting(doomed.link, microphone) as visitor:
                await visitor.start()
                await visitor.write("My name is Ann.")
                assert await visitor.words("assistant") == "I see."
                await visitor.sees("Ready")
                os.killpg(doomed.process.pid, signal.SIGKILL)
                await visitor.sees("Reconnecting")
                async with running(*serve, cwd=tmp_path, environment=environment):
                    await visitor.sees("Ready")
                    await visitor.write("What is my name?")
                    assert await visitor.words("assistant", 1) == "I see."
                    await visitor.screenshot("restarted")
                    visitor.complaints[:] = [line for line in visitor.complaints if "ERR_CONN" not in line]
    said = [(message["role"], message["content"]) for message in model.requests[-1]["messages"]]
    assert said[-3:] == [("user", "My name is Ann."), ("assistant", "I see."), ("user", "What is my name?")]


async def test_a_program_that_dies_in_mid_session_gets_a_sentence(tmp_path: Path) -> None:
    serve = (sys.executable, "-m", "openvoicelive", "serve")
    microphone = write_wav(tmp_path / "silence.wav", silence(1))
    async with running(*serve, cwd=tmp_path, environment={"PORT": "0"}) as doomed:
        await doomed.ready()
        async with visiting(doomed.link, microphone) as visitor:
            await visitor.start()
            await visitor.write("What can you do?")
            await visitor.sees("Speaking")
            os.killpg(doomed.process.pid, signal.SIGKILL)
            await visitor.sees("Problem")
            await visitor.reads("The connection to the server was lost. Check your network")
            await visitor.screenshot("problem-server-gone")
            await visitor.is_silent()
            # The page tries to connect again, and browsers write down each try that fails.
            visitor.complaints[:] = [line for line in visitor.complaints if "ERR_CONNECTION" not in line]
