"""A person talks with the whole program in a real browser: page, service and engines are the real ones."""

from pathlib import Path

import numpy as np
import pytest

from openvoicelive.audio.pcm import Int16Samples
from tests.browser import Recording, heard_pcm, played_pcm
from tests.end_to_end.browser_conversation import recognised, visiting
from tests.end_to_end.browser_microphone import (
    BEFORE_READY_S,
    RATE_HZ,
    clip,
    silence,
    synthetic,
    write_wav,
)
from tests.packaging.program import Program
from tests.speech_clips import transcripts
from tests.word_error import normalised, word_errors

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAX_WORD_ERROR_RATE = 0.10
# The recogniser makes 4 % errors in long texts of this voice; an answer has 12 to 20 words, and of so few
# three may be wrong by chance. Sound that is cut, repeated or another answer's has far more.
MAX_WORD_ERROR_RATE_OF_ANSWERS = 0.25
ANSWER_BEGINS_WITHIN_S = 8.0
QUANTUM = 128


async def test_a_spoken_question_is_written_down_and_answered_aloud(program: Program, tmp_path: Path) -> None:
    microphone = write_wav(tmp_path / "question.wav", silence(BEFORE_READY_S), clip("plain_sentence"))
    async with visiting(program.link, microphone) as visitor:
        await visitor.screenshot("1-idle")
        await visitor.start()
        await visitor.screenshot("2-ready")
        await visitor.sees("Listening")
        await visitor.screenshot("3-listening")
        question = await visitor.words("user")
        assert word_errors(transcripts()["plain_sentence"], question).rate <= MAX_WORD_ERROR_RATE
        await visitor.sees("Speaking")
        await visitor.screenshot("4-speaking")
        await visitor.sees("Ready")
        answer = await visitor.words("assistant")
        assert question.rstrip(".") in answer
        heard = recognised((await played_pcm(visitor.page)).sound())
        assert word_errors(answer, heard).rate <= MAX_WORD_ERROR_RATE_OF_ANSWERS, heard
        await visitor.click("Stop session")
        await visitor.sees("Stopped")
        await visitor.screenshot("5-stopped")


async def test_who_holds_the_space_bar_may_pause(program: Program, tmp_path: Path) -> None:
    said = np.concatenate([silence(BEFORE_READY_S), clip("contrast"), silence(1.2), clip("question")])
    microphone = write_wav(tmp_path / "pause.wav", said, silence(10))
    async with visiting(program.link, microphone) as visitor:
        await visitor.page.get_by_label("Push to talk").check()
        await visitor.start()
        await visitor.page.evaluate("document.activeElement.blur()")
        await visitor.page.keyboard.down("Space")
        await visitor.sees("Listening")
        while len((heard := await heard_pcm(visitor.page)).pcm) < (len(said) / RATE_HZ + 0.5) * heard.rate_hz:
            assert await visitor.page.locator("#state").text_content() == "Listening"
        await visitor.page.keyboard.up("Space")
        question = (await visitor.words("user")).lower()
        assert "everything" in question
        assert "remember" in question
        assert "everything" in (await visitor.words("assistant")).lower()
        await visitor.sees("Ready")
        assert await visitor.entries() == 2


async def test_speech_over_an_answer_stops_its_sound_and_is_answered_itself(
    program: Program, tmp_path: Path
) -> None:
    microphone = write_wav(
        tmp_path / "interruption.wav",
        silence(BEFORE_READY_S),
        synthetic("Tell me a story."),
        silence(ANSWER_BEGINS_WITHIN_S),
        clip("question"),
    )
    async with visiting(program.link, microphone) as visitor:
        await visitor.start()
        assert word_errors("tell me a story", await visitor.words("user", 0)).errors == 0
        await visitor.sees("Speaking")
        assert "remember" in await visitor.words("user", 1)
        story = await visitor.entry("assistant", 0)
        assert "Interrupted. You heard" in await story.inner_text()
        await visitor.screenshot("6-interrupted")
        answer = await visitor.words("assistant", 1)
        assert "remember" in answer
        await visitor.sees("Ready")
        told, answered = _before_and_after_the_stop(await played_pcm(visitor.page))
        assert word_errors(answer, recognised(answered)).rate <= MAX_WORD_ERROR_RATE_OF_ANSWERS
        # What was heard of the story before it stopped; a word of a synthetic voice may be mistaken.
        begin = " ".join(normalised(recognised(told))[:10])
        errors = word_errors("wave number one rolled over the wide blue ocean and", begin)
        assert errors.rate <= MAX_WORD_ERROR_RATE_OF_ANSWERS, begin
        await visitor.screenshot("7-answered-after-the-interruption")


async def test_a_typed_message_is_answered_and_stop_speaking_ends_the_answer(
    program: Program, tmp_path: Path
) -> None:
    microphone = write_wav(tmp_path / "silence.wav", silence(1))
    async with visiting(program.link, microphone) as visitor:
        await visitor.start()
        await visitor.write("Tell me a story.")
        await visitor.sees("Speaking")
        await visitor.reads("The agent is speaking. Speak to interrupt.")
        await visitor.reads("Wave number 2")
        await visitor.click("Stop speaking")
        await visitor.sees("Ready")
        await visitor.reads("Interrupted. You heard")
        await visitor.screenshot("8-stopped-speaking")
        await visitor.write("What is the largest lake?")
        await visitor.sees("Speaking")
        await visitor.sees("Ready")
        lake = await visitor.words("assistant", 1)
        assert "Caspian Sea" in lake
        _, answered = _before_and_after_the_stop(await played_pcm(visitor.page))
        assert word_errors(lake, recognised(answered)).rate <= MAX_WORD_ERROR_RATE_OF_ANSWERS


async def test_without_any_setting_the_guide_says_who_it_is_and_answers(
    guided_program: Program, tmp_path: Path
) -> None:
    microphone = write_wav(tmp_path / "guide.wav", silence(BEFORE_READY_S), synthetic("What can you do?"))
    async with visiting(guided_program.link, microphone) as visitor:
        await visitor.reads("a small built-in guide answers")
        await visitor.start()
        assert word_errors("what can you do", await visitor.words("user")).errors == 0
        await visitor.sees("Speaking")
        await visitor.sees("Ready")
        heard = recognised((await played_pcm(visitor.page)).sound())
        answer = await visitor.words("assistant")
        assert word_errors(answer, heard).rate <= MAX_WORD_ERROR_RATE_OF_ANSWERS, heard
        await visitor.screenshot("9-guide")


def _before_and_after_the_stop(recording: Recording) -> tuple[Int16Samples, Int16Samples]:
    """Part what was played at the page's order to stop; it must be followed by silence."""
    sounding = np.flatnonzero(recording.pcm)
    stops = [sample for sample, text in recording.messages if "stop_playback" in text]
    stop = next(sample for sample in stops if sample > sounding[0]) + 16 * QUANTUM
    assert not recording.pcm[stop : stop + RATE_HZ // 5].any()
    return recording.pcm[sounding[0] : stop], recording.pcm[stop : sounding[-1] + 1]
