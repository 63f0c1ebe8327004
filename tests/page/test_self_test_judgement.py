"""What the self-test computes from sound, and what it says of it: pure modules, imported in the page."""

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.page.conftest import Visit
from tests.speech_clips import load

RATE_HZ = 24_000
FRAME = 480
Samples = npt.NDArray[np.float64]


async def run(visit: Visit, script: str, *arguments: Any) -> Any:
    """Run a script that may use everything of `measuring` and `judging`; `given` are the arguments."""
    visitor = await visit()
    return await visitor.page.evaluate(
        f"""async (given) => {{
            const measuring = await import("/static/devices/measuring.js");
            const judging = await import("/static/devices/judging.js");
            const listen = (samples) => {{
                const listener = new measuring.Listener();
                for (let at = 0; at + {FRAME} <= samples.length; at += {FRAME}) {{
                    listener.add(Int16Array.from(samples.slice(at, at + {FRAME})));
                }}
                return listener;
            }};
            {script}
        }}""",
        list(arguments),
    )


def speech(level_dbfs: float, clip: str = "order") -> Samples:
    """A clip whose loudest parts have about this level, between two silences of half a second."""
    samples = load(clip, RATE_HZ).astype(float) / 32768
    power = (samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME) ** 2).mean(axis=1)
    active = power[power > power.max() / 100].mean()
    silence = np.zeros(RATE_HZ // 2)
    return np.concatenate([silence, samples * 10 ** (level_dbfs / 20) / np.sqrt(active), silence])


def noise(samples: int, level_dbfs: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0, 10 ** (level_dbfs / 20), samples)


def pcm(samples: Samples) -> list[int]:
    return [int(sample) for sample in np.clip(np.round(samples * 32768), -32768, 32767)]


async def voice(visit: Visit, samples: Samples) -> dict[str, float]:
    measured: dict[str, float] = await run(visit, "return listen(given[0]).voice();", pcm(samples))
    return measured


async def test_levels_of_speech_and_noise_are_measured_apart(visit: Visit) -> None:
    spoken = speech(-26)
    measured = await voice(visit, spoken + noise(len(spoken), -60))
    assert abs(measured["speechDbfs"] - -26) < 2
    assert abs(measured["noiseDbfs"] - -60) < 2
    assert measured["clippedPart"] == 0
    assert measured["speechMs"] > 500


async def test_silence_is_no_voice(visit: Visit) -> None:
    measured = await voice(visit, np.zeros(RATE_HZ))
    finding = await run(visit, "return judging.judgeVoice(listen(given[0]).voice(), {});", [0] * RATE_HZ)
    assert measured["speechMs"] == 0
    assert finding["key"] == "found_dead"


async def test_each_voice_gets_the_advice_that_helps_it(visit: Visit) -> None:
    expected = {
        (-26, -60): "found_voice",
        (-40, -70): "found_voice",
        (-50, -75): "found_faint",
        (-26, -38): "found_noisy",
        (6, -60): "found_loud",
        (-90, -50): "found_no_voice",
    }
    sounds = []
    for speech_dbfs, noise_dbfs in expected:
        spoken = speech(speech_dbfs)
        sounds.append(pcm(spoken + noise(len(spoken), noise_dbfs)))
    findings = await run(
        visit,
        """return given.map((samples) =>
            judging.judgeVoice(listen(samples).voice(), { noiseSuppression: true }));""",
        *sounds,
    )
    assert dict(zip(expected, [finding["key"] for finding in findings], strict=True)) == expected
    assert [finding["good"] for finding in findings] == [True, True, False, False, False, False]


async def test_noise_is_mended_with_the_switch_where_it_is_off(visit: Visit) -> None:
    finding = await run(
        visit,
        """return judging.judgeVoice(
            { speechDbfs: -26, noiseDbfs: -34, clippedPart: 0 }, { noiseSuppression: false });""",
    )
    assert finding["key"] == "found_noisy_unsuppressed"


async def test_distortion_is_not_blamed_on_who_speaks_where_the_level_is_automatic(visit: Visit) -> None:
    levelled, own = await run(
        visit,
        """const loud = { speechDbfs: -6, noiseDbfs: -60, clippedPart: 0.01 };
        return [true, false].map((autoGainControl) => judging.judgeVoice(loud, { autoGainControl }).key);""",
    )
    assert levelled == "found_loud_levelled"
    assert own == "found_loud"


async def test_lateness_is_the_pre_roll_that_would_have_hidden_it(visit: Visit) -> None:
    arrivals = [(0, 100), (90, 100), (260, 100), (261, 100), (390, 100)]
    late = await run(
        visit,
        "return measuring.lateness(given[0].map(([atMs, soundMs]) => ({ atMs, soundMs })));",
        arrivals,
    )
    assert late == 60
    assert await run(visit, "return measuring.lateness([]);") == 0


async def test_judgements_change_at_their_thresholds(visit: Visit) -> None:
    expected = {
        "judgeRoundTrip(199)": "found_quick",
        "judgeRoundTrip(201)": "found_slow",
        "judgeArrival(39)": "found_even",
        "judgeArrival(41)": "found_uneven",
        "judgeEcho(-Infinity, -60, { echoCancellation: true })": "found_no_echo",
        "judgeEcho(-66, -80, { echoCancellation: true })": "found_no_echo",
        "judgeEcho(-50, -60, { echoCancellation: true })": "found_echo",
        "judgeEcho(-50, -60, { echoCancellation: false })": "found_echo_uncancelled",
        "judgeEcho(-50, -35, { echoCancellation: true })": "found_no_echo",
    }
    found = await run(visit, f"return [{', '.join(f'judging.{call}.key' for call in expected)}];")
    assert dict(zip(expected, found, strict=True)) == expected


async def test_every_finding_has_its_sentence(visit: Visit) -> None:
    source, catalogue = await run(
        visit,
        """const get = async (path) => (await fetch("/static/" + path)).text();
        return [await get("devices/judging.js"), await get("locales/en.json")];""",
    )
    keys = {part.split('"')[0] for part in source.split('"found_')[1:]}
    assert keys
    assert {f"found_{key}" for key in keys} <= set(json.loads(catalogue))


async def echo_dbfs(visit: Visit, played: Samples, heard: Samples) -> float | None:
    """The level of the echo; None if there is none."""
    level: float | None = await run(
        visit,
        """const level = measuring.echoLevel(listen(given[0]).powers, listen(given[1]).powers);
        return Number.isFinite(level) ? level : null;""",
        pcm(played),
        pcm(heard),
    )
    return level


@pytest.mark.parametrize(("delay_ms", "loss_db"), [(0, 10), (95, 35), (400, 35)])
async def test_an_echo_is_found_with_its_level(visit: Visit, delay_ms: int, loss_db: int) -> None:
    played = speech(-20, "card")
    heard = noise(len(played) + RATE_HZ, -60)
    start = RATE_HZ * delay_ms // 1000
    heard[start : start + len(played)] += played * 10 ** (-loss_db / 20)
    level = await echo_dbfs(visit, played, heard)
    assert level is not None
    assert abs(level - (-20 - loss_db)) < 3


async def test_noise_and_other_speech_are_no_echo(visit: Visit) -> None:
    played = speech(-20, "card")
    quiet = noise(len(played) + RATE_HZ, -45)
    assert await echo_dbfs(visit, played, quiet) is None
    other = quiet.copy()
    somebody = np.concatenate([speech(-26, name) for name in ("digits", "shrug", "other_card")])
    count = min(len(other), len(somebody))
    other[:count] += somebody[:count]
    assert await echo_dbfs(visit, played, other) is None
