"""The lock against pyproject.toml, without a network."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]

EXTRA = [*EXTRAS["local"], *EXTRAS["espeak"], *EXTRAS["mcp"], *EXTRAS["telemetry"]]
PROGRAM = [*PROJECT["project"]["dependencies"], *EXTRA, *GROUPS["build"]]
WANTED = {
    "run": PROGRAM,
    "dev": [*PROGRAM, *(one for one in GROUPS["dev"] if isinstance(one, str))],
    "azure": [*PROJECT["project"]["dependencies"], *EXTRAS["telemetry"]],
    "local": [*PROJECT["project"]["dependencies"], *EXTRA],
    "build": GROUPS["build"],
}

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
MACHINES = [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")]


def entries(lock: str) -> list[tuple[Requirement, str]]:
    """Each pin of a lock, with the lines that follow it: hashes, and who wants it."""
    text = re.sub(r"^#.*\n", "", (ROOT / "requirements" / f"{lock}.txt").read_text(), flags=re.MULTILINE)
    found = []
    for entry in re.split(r"^(?=\S)", text, flags=re.MULTILINE):
        if entry:
            pin, _, rest = entry.partition("\\\n")
            found.append((Requirement(pin.strip()), rest))
    return found


def applies(requirement: Requirement, python: str, system: str, machine: str) -> bool:
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_machine": machine,
        "platform_system": system.capitalize(),
        "platform_python_implementation": "CPython",
        "implementation_name": "cpython",
        "os_name": "posix",
        "extra": "",
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


@pytest.mark.parametrize("lock", WANTED)
@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("system", "machine"), MACHINES)
def test_the_lock_pins_a_fitting_version_of_all_that_pyproject_asks_for(
    lock: str, python: str, system: str, machine: str
) -> None:
    pins: dict[str, str] = {}
    for pin, _ in entries(lock):
        if applies(pin, python, system, machine):
            name = canonicalize_name(pin.name)
            assert name not in pins, f"{name} is pinned twice"
            pins[name] = next(iter(pin.specifier)).version
    for text in WANTED[lock]:
        wanted = Requirement(text)
        if applies(wanted, python, system, machine):
            version = pins.get(canonicalize_name(wanted.name))
            assert version is not None, f"{wanted} is not in the lock: run `make lock`"
            assert wanted.specifier.contains(version), (
                f"the lock has {version}, not {wanted}: run `make lock`"
            )


@pytest.mark.parametrize("lock", WANTED)
def test_the_lock_holds_nothing_that_pyproject_no_longer_asks_for(lock: str) -> None:
    direct = {
        canonicalize_name(pin.name) for pin, rest in entries(lock) if "openvoicelive (pyproject.toml" in rest
    }
    assert direct == {canonicalize_name(Requirement(text).name) for text in WANTED[lock]}


@pytest.mark.parametrize("lock", WANTED)
def test_every_pin_has_hashes_and_no_registry_is_named(lock: str) -> None:
    for pin, rest in entries(lock):
        assert "--hash=sha256:" in rest, pin
        assert "://" not in f"{pin}{rest}", pin


def test_all_locks_agree_on_the_versions_they_share() -> None:
    held = {lock: {str(pin).partition(";")[0].strip() for pin, _ in entries(lock)} for lock in WANTED}
    assert held["azure"] <= held["local"]
    assert held["local"] | held["build"] == held["run"]
    assert held["run"] <= held["dev"]


def test_the_package_allows_the_versions_of_python_that_the_lock_is_for() -> None:
    allowed = SpecifierSet(PROJECT["project"]["requires-python"])
    assert [f"3.{minor}" for minor in range(30) if f"3.{minor}" in allowed] == PYTHONS


def test_the_environment_is_made_with_a_version_of_python_that_the_package_allows() -> None:
    script = (ROOT / "scripts" / "environment").read_text()
    found = re.search(r"\(3, (\d+)\) <= sys\.version_info\[:2\] <= \(3, (\d+)\)", script)
    assert found
    assert [f"3.{minor}" for minor in range(int(found[1]), int(found[2]) + 1)] == PYTHONS
