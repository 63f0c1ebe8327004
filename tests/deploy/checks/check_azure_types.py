"""The table of Azure's types says what is published."""

from typing import Any

import pytest

from tests.deploy.checks.azure_types import Cases, ListOf, Object, OneOf, Scalar, Type, read_type
from tests.deploy.checks.refresh_azure_types import written_type

STRING, NUMBER, SMALL, LARGE, NAMES = range(5)


def ref(index: int) -> dict[str, str]:
    return {"$ref": f"#/{index}"}


def described(index: int, flags: int = 0, description: str = "") -> dict[str, Any]:
    return {"type": ref(index), "flags": flags, "description": description}


PUBLISHED: list[dict[str, Any]] = [
    {"$type": "StringType"},
    {"$type": "IntegerType"},
    {"$type": "StringLiteralType", "value": "Small"},
    {"$type": "StringLiteralType", "value": "Large"},
    {"$type": "ArrayType", "itemType": ref(STRING)},
]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"$type": "AnyType"}, Scalar("any")),
        ({"$type": "UnionType", "elements": [ref(SMALL), ref(LARGE)]}, OneOf(frozenset({"Small", "Large"}))),
        ({"$type": "UnionType", "elements": [ref(SMALL), ref(STRING)]}, Scalar("string")),
        (
            {
                "$type": "ObjectType",
                "name": "Scale",
                "properties": {
                    "replicas": described(NUMBER, 1, "At least one. Maximum value is 10."),
                    "names": described(NAMES),
                    "state": described(STRING, 2),
                },
                "additionalProperties": ref(STRING),
            },
            Object(
                {"replicas": Scalar("integer", at_most=10), "names": ListOf(Scalar("string"))},
                required=frozenset({"replicas"}),
                read_only=frozenset({"state"}),
                more=Scalar("string"),
            ),
        ),
    ],
)
def test_a_published_type_is_read_from_the_table_with_all_that_is_checked(
    entry: dict[str, Any], expected: Type
) -> None:
    assert read_type(written_type([*PUBLISHED, entry], ref(len(PUBLISHED)))) == expected


def test_a_type_that_depends_on_a_property_has_the_common_ones_in_each_case() -> None:
    case = {"$type": "ObjectType", "name": "Logs", "properties": {"kind": described(SMALL, 1)}}
    cases = {
        "$type": "DiscriminatedObjectType",
        "name": "Config",
        "discriminator": "kind",
        "baseProperties": {"name": described(STRING)},
        "elements": {"Small": ref(len(PUBLISHED))},
    }
    read = read_type(written_type([*PUBLISHED, case, cases], ref(len(PUBLISHED) + 1)))
    expected = Object(
        {"name": Scalar("string"), "kind": OneOf(frozenset({"Small"}))}, required=frozenset({"kind"})
    )
    assert read == Cases("kind", {"Small": expected})
