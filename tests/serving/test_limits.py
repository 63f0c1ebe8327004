"""How many sessions may run, and how many sockets all addresses and each of them may hold."""

from openvoicelive.serving.limits import AddressLimit, SessionSlots


def test_no_address_holds_more_than_its_part_and_none_is_remembered_for_nothing() -> None:
    limit = AddressLimit(8, limit_each=2)
    assert [limit.acquire("a") for _ in range(3)] == [True, True, False]
    assert [limit.acquire(f"b{number}") for number in range(7)] == [True] * 6 + [False]
    for address in ("a", "a", *(f"b{number}" for number in range(6))):
        limit.release(address)
    assert limit.held == 0
    assert not limit._held
    limit.acquire_anyway("a")
    assert limit.acquire("a")
    assert not limit.acquire("a")


def test_no_more_sessions_run_than_there_are_slots_and_a_released_slot_is_free() -> None:
    slots = SessionSlots(2)
    assert [slots.acquire() for _ in range(3)] == [True, True, False]
    slots.release()
    assert slots.in_use == 1
    assert slots.acquire()
