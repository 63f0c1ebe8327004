"""Orders to reply and the reports that come of them, without a session."""

import asyncio

import pytest

from openvoicelive.protocol import work
from openvoicelive.protocol.audio_formats import output_format
from openvoicelive.protocol.voices import OpenAIVoice
from openvoicelive.service.answering.replies import Replies
from openvoicelive.task_group import TaskGroup
from tests.service.scripted_engines import scripted

REQUEST = work.ReplyRequest(
    instructions="",
    items=(),
    tools=(),
    tool_choice="auto",
    parallel_tool_calls=True,
    model="gpt-4o",
    speaks=True,
    voice=OpenAIVoice(name="alloy"),
    audio_format=output_format(None),
    temperature=None,
    max_tokens=None,
    reasoning_effort=None,
    language="en",
)
Order = work.SpeculativeReply | work.DropSpeculativeReply | work.Reply | work.StopReply


async def reported(answers: list[list[str]], *orders: Order) -> list[work.AnsweringReport]:
    """Return what is reported until the first reply has ended."""
    reports: list[work.AnsweringReport] = []
    engines, ended = scripted([], answers), asyncio.Event()

    def report(reported: work.Report) -> None:
        assert isinstance(reported, work.AnsweringReport)
        reports.append(reported)
        replies.report_is_sent()
        if isinstance(reported, work.ReplyEnded):
            ended.set()

    async with TaskGroup() as tasks:
        replies = Replies(engines.together(), report, tasks)
        for order in orders:
            replies.perform(order)
            await asyncio.sleep(0.1)
        await ended.wait()
    engines.assert_script_is_done()
    return reports


@pytest.mark.parametrize(
    "orders",
    [
        [work.Reply("resp_2", REQUEST)],
        [work.SpeculativeReply("resp_2", REQUEST), work.Reply("resp_2", REQUEST)],
        [
            work.SpeculativeReply("resp_2", REQUEST),
            work.SpeculativeReply("resp_2", REQUEST),
            work.Reply("resp_2", REQUEST),
        ],
    ],
    ids=["asked for", "begun before", "begun twice"],
)
async def test_every_report_carries_the_id_of_the_reply(orders: list[Order]) -> None:
    reports = await reported([["One two three."]], *orders)
    assert len(reports) > 2
    assert {report.response_id for report in reports} == {"resp_2"}


@pytest.mark.parametrize("last", [work.DropSpeculativeReply(), work.StopReply("resp_1")])
async def test_what_was_begun_for_another_response_is_not_reported(last: Order) -> None:
    orders: list[Order] = [work.SpeculativeReply("resp_1", REQUEST), last, work.Reply("resp_2", REQUEST)]
    reports = await reported([["One."], ["Two."]], *orders)
    assert {report.response_id for report in reports} == {"resp_2"}
    assert "".join(report.text for report in reports if isinstance(report, work.Spoke)) == "Two."


async def test_a_reply_with_an_equal_request_and_another_id_is_made_anew() -> None:
    orders: list[Order] = [work.SpeculativeReply("resp_1", REQUEST), work.Reply("resp_2", REQUEST)]
    reports = await reported([["One."], ["Two."]], *orders)
    assert {report.response_id for report in reports} == {"resp_2"}


async def test_the_second_of_two_quick_replies_counts_as_played_after_the_first() -> None:
    now_s = asyncio.get_running_loop().time
    reports: asyncio.Queue[work.Report] = asyncio.Queue()
    sound_ms = 0.0
    began_s = now_s()
    async with TaskGroup() as tasks:
        engines = scripted(answers=["One two three four.", "Five."]).together()
        replies = Replies(engines, reports.put_nowait, tasks)
        for response_id in ("resp_1", "resp_2"):
            replies.perform(work.Reply(response_id, REQUEST))
            while not isinstance(report := await reports.get(), work.ReplyEnded):
                assert isinstance(report, work.Spoke)
                sound_ms += report.duration_ms
                replies.report_is_sent()
            replies.report_is_sent()
    await asyncio.sleep(began_s + sound_ms / 1_000 - now_s() - 0.05)
    assert replies.is_playing
    await asyncio.sleep(0.1)
    assert not replies.is_playing
