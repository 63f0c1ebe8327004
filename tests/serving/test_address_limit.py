"""How many of something an address may hold, and all together."""

from openvoicelive.serving.address_limit import AddressLimit


def test_no_address_holds_more_than_its_part_and_none_is_remembered_for_nothing() -> None:
    limit = AddressLimit(8, most_each=2)
    assert [limit.take("a") for _ in range(3)] == [True, True, False]
    assert [limit.take(f"b{number}") for number in range(7)] == [True] * 6 + [False]
    for address in ("a", "a", *(f"b{number}" for number in range(6))):
        limit.leave(address)
    assert limit.held == 0
    assert not limit._held
    limit.take_anyway("a")
    assert limit.take("a")
    assert not limit.take("a")
