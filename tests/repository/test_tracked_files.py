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

# A folder that happens to lie beside one clone, and that others do not have.
BESIDE = re.compile(r"""\.\./shared\b|["']shared["']? ?/|/ ?["']shared["'/]""")


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


def test_no_file_looks_for_something_beside_the_clone() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in tracked_files()
        if path != Path(__file__)
        for number, line in enumerate(lines(path), 1)
        if BESIDE.search(line) or _climbs_out_of_the_clone(path, line)
    ]
    assert found == []


def _climbs_out_of_the_clone(path: Path, line: str) -> bool:
    """Tell whether a line of Python names a folder above the repository, counted from its own file."""
    if path.suffix != ".py":
        return False
    folders_in_clone = len(path.relative_to(ROOT).parents)
    climbs = [
        1 + int(number) + above.count(".parent")
        for number, above in re.findall(
            r"__file__\)(?:\.resolve\(\))?\.parents\[(\d+)\]((?:\.parent\b)*)", line
        )
    ]
    return any(climbed > folders_in_clone for climbed in climbs)


def test_the_example_settings_name_every_setting() -> None:
    read = set(re.findall(r'"([A-Z][A-Z_]+)"', (PACKAGE / "settings.py").read_text(encoding="utf-8")))
    shown = set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    assert shown == read


def test_the_scripts_can_be_run() -> None:
    scripts = [ROOT / ".ci" / "run", *(ROOT / "scripts").iterdir()]
    assert [script.name for script in scripts if not script.stat().st_mode & 0o111] == []
