import numpy as np
import pytest

from openvoicelive.audio.echo import CancelledEcho, EchoCanceller
from openvoicelive.audio.pcm import FloatSamples
from tests.audio.listening_person import CLIPS, Person, cancelled, turns_ms
from tests.audio.synthetic_room import LOUDNESS, RATE_HZ, Room, answering, clip, hiss
from tests.word_error import WordErrors

BLOCK = 512


def microphone(room: Room, played: FloatSamples, person: FloatSamples | None = None) -> FloatSamples:
    near = np.zeros_like(played) if person is None else person
    return room.echo(played) + hiss(played.size) + near


def decibels(before: FloatSamples, after: FloatSamples) -> float:
    return float(10 * np.log10(np.sum(np.square(before)) / np.sum(np.square(after))))


def test_an_echo_alone_begins_no_turn_in_a_minute() -> None:
    played = answering(60)
    heard = microphone(Room(delay_ms=80, level_db=-6), played)
    assert turns_ms(heard), "without a canceller the echo is taken for a person"
    assert turns_ms(cancelled(heard, played).for_turns) == []


@pytest.mark.parametrize(
    "room",
    [
        pytest.param(Room(delay_ms=20, level_db=0, reverberation_ms=400, seed=2), id="loud and early"),
        pytest.param(Room(delay_ms=600, reverberation_ms=400), id="late"),
        pytest.param(Room(delay_ms=200, distortion=1.0), id="distorted"),
        pytest.param(Room(delay_ms=80, drift_ppm=50), id="by another clock"),
    ],
)
def test_an_echo_alone_begins_no_turn_in_other_rooms(room: Room) -> None:
    played = answering(20)
    assert turns_ms(cancelled(microphone(room, played), played).for_turns) == []


def test_speech_over_the_answer_is_understood_and_begins_turns() -> None:
    played = answering(60)
    person = Person(60, start_s=5, loudness=LOUDNESS)
    heard = microphone(Room(delay_ms=80, level_db=-3, reverberation_ms=300), played, person.sound)
    assert person.word_errors(heard).rate > 0.25, "without a canceller it is not understood"
    without_echo = cancelled(heard, played)
    assert person.word_errors(without_echo.heard).rate <= 0.1
    assert person.noticed(turns_ms(without_echo.for_turns)) == len(person.said)


def test_speech_over_the_first_words_of_the_first_answer_is_understood_from_its_beginning() -> None:
    errors, played = WordErrors(0, 0), answering(16)
    for room in (Room(delay_ms=80), Room(delay_ms=200)):
        for name in CLIPS:
            person = Person(16, start_s=0.65, loudness=LOUDNESS, names=(name,))
            without_echo = cancelled(microphone(room, played, person.sound), played)
            errors += person.word_errors(without_echo.heard)
            assert person.noticed(turns_ms(without_echo.for_turns)), (room, name)
    assert errors.rate <= 0.1


def test_what_is_withheld_until_the_room_is_known_can_be_had_at_once() -> None:
    canceller, played = EchoCanceller(), answering(1, start_ms=0)
    canceller.play(played)
    heard = microphone(Room(), played)[: 4 * BLOCK]
    at_once = canceller.process(heard).heard.size
    assert 0 < canceller.release().heard.size == heard.size - at_once
    assert canceller.release().heard.size == 0


def test_the_filter_learns_the_room_while_both_speak() -> None:
    played, room = answering(12), Room(delay_ms=150)
    person = Person(12, start_s=1, loudness=LOUDNESS, pause_s=0.3)
    echo = room.echo(played)
    heard = cancelled(microphone(room, played, person.sound), played).heard
    last = slice(8 * RATE_HZ, heard.size)
    assert decibels(echo[last], heard[last] - person.sound[last]) > 12


@pytest.mark.parametrize("delay_ms", [80, 300, 600])
def test_the_delay_of_the_echo_is_found(delay_ms: int) -> None:
    canceller, played = EchoCanceller(), answering(6)
    assert canceller.delay_ms is None
    cancelled(microphone(Room(delay_ms=delay_ms), played), played, canceller=canceller)
    assert canceller.delay_ms == pytest.approx(delay_ms, abs=20)


def test_a_player_with_another_buffer_is_found_again() -> None:
    canceller, played = EchoCanceller(), answering(8)
    cancelled(microphone(Room(delay_ms=100), played), played, canceller=canceller)
    cancelled(hiss(2 * RATE_HZ), np.zeros(2 * RATE_HZ, np.float32), canceller=canceller)
    later = microphone(Room(delay_ms=450), played)
    heard = cancelled(later, played, canceller=canceller).heard
    assert canceller.delay_ms == pytest.approx(450, abs=20)
    assert decibels(later[-2 * RATE_HZ :], heard[-2 * RATE_HZ :]) > 10


def test_without_an_echo_a_person_is_heard_over_the_answer_as_if_it_were_silent() -> None:
    played, person = answering(20), Person(20, start_s=4, loudness=LOUDNESS)
    alone = person.sound + hiss(played.size)
    without_echo = cancelled(alone, played)
    assert person.noticed(turns_ms(without_echo.for_turns)) == len(person.said)
    assert (
        decibels(
            person.sound[: alone.size // BLOCK * BLOCK],
            without_echo.heard - alone[: alone.size // BLOCK * BLOCK],
        )
        > 15
    )


def test_where_nothing_is_played_nothing_is_changed() -> None:
    sound = clip("order")
    without_echo = EchoCanceller().process(sound)
    whole = sound.size // BLOCK * BLOCK
    assert np.array_equal(without_echo.heard, sound[:whole])
    assert np.array_equal(without_echo.for_turns, sound[:whole])


def test_a_wrong_reference_never_makes_the_microphone_louder() -> None:
    person, played = clip("monologue"), answering(13)
    heard = cancelled(person, played[: person.size]).heard
    blocks = person[: heard.size].reshape(-1, BLOCK), heard.reshape(-1, BLOCK)
    before, after = (np.sum(np.square(block, dtype=np.float64), axis=1) for block in blocks)
    assert np.all(after <= before * 1.0001)


def test_the_size_of_the_pieces_does_not_matter() -> None:
    played = answering(4)
    heard = microphone(Room(), played)
    by_40_ms, by_block = cancelled(heard, played, step=640), cancelled(heard, played, step=BLOCK)
    assert np.array_equal(by_40_ms.heard, by_block.heard)
    assert np.array_equal(by_40_ms.for_turns, by_block.for_turns)


def test_an_answer_that_is_sent_two_seconds_ahead_is_played_in_time() -> None:
    played = answering(6, start_ms=0)
    heard = microphone(Room(), played)
    canceller, pieces = EchoCanceller(), []
    for start in range(0, heard.size, BLOCK):
        if start % (4 * BLOCK) == 0:
            ahead = 2 * RATE_HZ if start else 0
            canceller.play(
                played[start + ahead : start + ahead + 4 * BLOCK]
                if start
                else played[: 2 * RATE_HZ + 4 * BLOCK]
            )
        pieces.append(canceller.process(heard[start : start + BLOCK]))
    assert np.array_equal(
        CancelledEcho.joined([*pieces, canceller.release()]).heard, cancelled(heard, played, step=BLOCK).heard
    )


def test_what_an_interrupted_client_did_not_play_is_not_expected_as_an_echo() -> None:
    canceller, sound = EchoCanceller(), clip("monologue")
    canceller.play(answering(6))
    canceller.stop_playing()
    whole = sound.size // BLOCK * BLOCK
    assert np.array_equal(canceller.process(sound).heard, sound[:whole])


def test_a_reference_of_the_client_needs_no_search() -> None:
    played = answering(20)
    heard = microphone(Room(delay_ms=30), played)
    canceller = EchoCanceller()
    pieces = [
        canceller.process(heard[start : start + 960], played[start : start + 960])
        for start in range(0, heard.size, 960)
    ]
    without_echo = CancelledEcho.joined([*pieces, canceller.release()])
    assert turns_ms(without_echo.for_turns) == []
    assert decibels(heard[-5 * RATE_HZ :], without_echo.heard[-5 * RATE_HZ :]) > 18


def test_a_reference_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="640 samples, but a reference of 320"):
        EchoCanceller().process(np.zeros(640, np.float32), np.zeros(320, np.float32))
