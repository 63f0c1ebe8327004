"""What the files of the repository may not contain, and what must agree."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "openvoicelive"

# A place on one machine, or a registry's host: true for whoever wrote it, wrong for everybody else.
PLACES = re.compile(
    r"(?<![\w.\-}])/(work|root|opt|home|tmp|Users)/\w"
    r"|file:///"
    r"|\b(pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com)\b"
)


def tracked_files() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []


def test_no_file_names_a_place_on_one_machine_or_a_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in tracked_files()
        if path != Path(__file__)
        for number, line in enumerate(lines(path), 1)
        if PLACES.search(line)
    ]
    assert found == []


def test_each_thing_beside_the_checkout_is_reached_through_one_file_of_the_tests() -> None:
    beside = re.compile(r"""(?:\.\./|["'])shared["']?(?: / ["']|/)(\w+)""")
    files: dict[str, set[str]] = {}
    for path in tracked_files():
        if path != Path(__file__):
            for name in beside.findall("\n".join(lines(path))):
                files.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    assert {name: sorted(where) for name, where in files.items() if len(where) > 1} == {}
    assert {
        file for where in files.values() for file in where if not file.startswith(("tests/", "bench/"))
    } == set()


def test_the_example_settings_name_every_setting() -> None:
    read = set(re.findall(r'"([A-Z][A-Z_]+)"', (PACKAGE / "settings.py").read_text(encoding="utf-8")))
    shown = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    assert shown == read


def test_the_scripts_can_be_run() -> None:
    scripts = [ROOT / ".ci" / "run", *(ROOT / "scripts").iterdir()]
    assert [script.name for script in scripts if not script.stat().st_mode & 0o111] == []
