"""What documents and comments refer to exists, and the documented programs keep to the types."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.documents import ROOT, code_block
from tests.repository.test_tracked_files import tracked_files

PACKAGE = ROOT / "src" / "openvoicelive"
DOCUMENTS = [path for path in tracked_files() if path.suffix == ".md"]
# A document or a comment names a file from one of these folders.
FOLDERS = (ROOT, ROOT / "src", PACKAGE, PACKAGE / "web", PACKAGE / "web" / "static", ROOT / "tests")
# Files of other projects, and files that a reader creates.
OTHERS = {
    "page-settings.toml",
    "manifest.json",
    "ask.py",
    "model-quickstart.js",
    "_patch.py",
    "Privacy.md",
    "NAME.py",
}

_LINK = re.compile(r"\]\(([^()\s]+)\)|(?:src|href)=\"([^\"]+)\"")
_FILE = re.compile(
    r"[\w./*{}-]*\b[\w-]+\.(?:py|js|mjs|css|html|json|toml|md|sh|bats|bicep|yml|yaml)\b(?![\w/(-])"
)
_URL = re.compile(r"https?://\S+")


def headings(path: Path) -> set[str]:
    """Return the anchors of a document, as GitHub makes them."""
    lines = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def test_every_link_of_a_document_leads_somewhere() -> None:
    broken = []
    for document in DOCUMENTS:
        for match in _LINK.finditer(document.read_text(encoding="utf-8")):
            target, _, anchor = (match[1] or match[2]).partition("#")
            if "://" in target:
                continue
            file = (document.parent / target) if target else document
            if not file.is_file() or (anchor and anchor not in headings(file)):
                broken.append(f"{document.relative_to(ROOT)}: {match[0]}")
    assert broken == []


def test_the_readme_leads_to_every_document() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    translated = re.compile(r"\.(?:es|it|pt-br)\.md$")
    pages = [page for page in (ROOT / "docs").glob("*.md") if not translated.search(page.name)]
    assert [page.name for page in pages if f"(docs/{page.name})" not in readme] == []


def test_the_title_of_every_page_is_its_question() -> None:
    titles = {page: page.read_text(encoding="utf-8").splitlines()[0] for page in (ROOT / "docs").glob("*.md")}
    wrong = {page.name: title for page, title in titles.items() if not re.fullmatch(r"# .+\?", title)}
    assert wrong == {}


def named_files(path: Path) -> list[str]:
    """Return the files that a document names, or the comments and docstrings of a program."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        text = "\n".join(re.findall(r'"""(?:.|\n)*?"""|#.*', text))
    elif path.suffix in {".js", ".css"}:
        text = "\n".join(re.findall(r"/\*(?:.|\n)*?\*/|//.*", text))
    return _FILE.findall(_URL.sub("", text))


def exists(name: str, path: Path, basenames: set[str]) -> bool:
    """Tell whether there is such a file; a place outside of the repository begins with a slash."""
    if Path(name).name in OTHERS or name.startswith("/") or "*" in name or "{" in name:
        return True
    if "/" not in name:
        return name in basenames
    # A name in capitals stands for any, as in recognition/NAME.py.
    pattern = str(Path(name).with_stem("*")) if Path(name).stem in {"NAME", "TAG"} else name
    folders = (folder.resolve() for folder in (*FOLDERS, path.parent))
    return any(next(folder.glob(pattern), None) for folder in folders)


def test_every_file_that_a_document_or_a_comment_names_exists() -> None:
    files = tracked_files()
    basenames = {path.name for path in files}
    places = (PACKAGE, ROOT / "docs", ROOT / "bench", ROOT / "infra", ROOT / ".github")
    checked = [
        path
        for path in files
        if path.suffix in {".py", ".js", ".css", ".md", ".toml", ".yml", ".bicep"}
        and (path.parent == ROOT or any(path.is_relative_to(place) for place in places))
    ]
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in checked
        for name in named_files(path)
        if not exists(name, path, basenames)
    ]
    assert missing == []
    assert len(checked) > 200


@pytest.mark.parametrize("document", ["README.md", "docs/voice-assistant.md"])
def test_the_program_in_a_document_keeps_to_the_types(document: str, tmp_path: Path) -> None:
    program = tmp_path / "pasted.py"
    program.write_text(code_block(document, "python"))
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(program)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout
