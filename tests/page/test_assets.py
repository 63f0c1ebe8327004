"""What the page is made of: small, served by us, every sentence in one place."""

import json
import re
from pathlib import Path

import openvoicelive.web

WEB = Path(openvoicelive.web.__file__).parent
STATIC = [path for path in (WEB / "static").rglob("*") if path.is_file()]
TEMPLATE = (WEB / "templates" / "index.html").read_text(encoding="utf-8")
CATALOGUE = json.loads((WEB / "static" / "locales" / "en.json").read_text(encoding="utf-8"))


def test_the_page_is_small() -> None:
    assert sum(path.stat().st_size for path in STATIC) + len(TEMPLATE) < 100_000


def test_nothing_comes_from_elsewhere() -> None:
    for path in STATIC:
        addresses = set(re.findall(r"https?://[\w./-]+", path.read_text(encoding="utf-8")))
        documentation = {"http://www.w3.org/2000/svg", "https://www.w3.org/TR/mediacapture-streams/"}
        assert path.name == "en.json" or addresses <= documentation, path


def test_every_sentence_of_the_template_is_in_the_catalogue() -> None:
    assert set(re.findall(r'data-(?:text|placeholder)="(\w+)"', TEMPLATE)) <= set(CATALOGUE)


def test_every_module_is_preloaded_so_that_none_waits_for_another() -> None:
    imported = {
        name
        for path in STATIC
        if path.suffix == ".js" and not path.stem.endswith("-processor")
        for name in re.findall(r'from "\./([\w-]+)\.js"', path.read_text(encoding="utf-8"))
    }
    listed = set(re.findall(r'"([\w-]+)"', re.search(r"for module in \[(.*?)\]", TEMPLATE)[1]))  # type: ignore[index]
    assert imported == listed
