"""Who sends minutes of sound at once is slowed down; who speaks, or sends a clip as a whole, is not."""

import asyncio

from openvoicelive.service.hearing.catching_up import AT_ONCE_MS, PAUSE_S, UNINTERRUPTED_MS, CatchingUp, Pace

SLICE_MS = 128
FRAME_MS = 20


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def catch_up(pace: Pace, minutes: int) -> float:
    """Work on so much sound as fast as that goes; return the seconds that were waited."""
    began_s = now_s()
    for _ in range(minutes * 60_000 // SLICE_MS):
        await pace.worked(SLICE_MS)
    return now_s() - began_s


async def test_a_voice_and_a_clip_that_comes_as_a_whole_wait_for_nothing() -> None:
    pace = Pace(CatchingUp())
    for _ in range(10):
        began_s = now_s()
        for _ in range(AT_ONCE_MS // SLICE_MS):
            await pace.worked(SLICE_MS)
        assert now_s() == began_s
        await asyncio.sleep(AT_ONCE_MS / 1_000)


async def test_minutes_at_once_leave_the_loop_alone_after_each_slice() -> None:
    waited_s = await catch_up(Pace(CatchingUp()), minutes=10)
    slices = (600_000 - AT_ONCE_MS) / SLICE_MS
    assert 0.9 * slices * PAUSE_S < waited_s < 1.1 * slices * PAUSE_S


async def test_all_who_catch_up_together_get_no_more_than_one() -> None:
    shared = CatchingUp()
    waited_s = await asyncio.gather(*(catch_up(Pace(shared), minutes=5) for _ in range(4)))
    slices = 4 * (300_000 - AT_ONCE_MS) / SLICE_MS
    assert max(waited_s) > 0.8 * slices * PAUSE_S


async def test_others_run_also_while_sound_comes_in_many_small_messages() -> None:
    runs = 0

    async def run_whenever_possible() -> None:
        nonlocal runs
        while True:
            runs += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(run_whenever_possible())
    pace = Pace(CatchingUp())
    for _ in range(AT_ONCE_MS // FRAME_MS):
        await pace.worked(FRAME_MS)
    other.cancel()
    assert runs >= AT_ONCE_MS // UNINTERRUPTED_MS


async def test_small_messages_are_worked_on_as_fast_as_large_ones() -> None:
    pace, began_s = Pace(CatchingUp()), now_s()
    for _ in range(600_000 // FRAME_MS):
        await pace.worked(FRAME_MS)
    assert now_s() - began_s <= 600_000 / UNINTERRUPTED_MS * PAUSE_S
