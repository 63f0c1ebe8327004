"""What the page is made of: small, served by us, every sentence in one place."""

import json
import re
from pathlib import Path

import openvoicelive.web
from tests.page.conftest import Visit

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


async def test_every_module_is_preloaded_so_that_none_waits_for_another(visit: Visit) -> None:
    visitor = await visit()
    preloaded, loaded = await visitor.page.evaluate(
        """() => [
          [...document.querySelectorAll('link[rel=modulepreload]')].map(link => link.href),
          performance.getEntriesByType('resource').map(entry => entry.name).filter(url => /[.]js$/.test(url)),
        ]"""
    )
    assert {url for url in loaded if not url.endswith("/app.js")} == set(preloaded)
