"""What the page is made of: small, served by us, every sentence in one place."""

import json
import re
from pathlib import Path

import pytest

import openvoicelive.web
from tests.page.conftest import Visit

WEB = Path(openvoicelive.web.__file__).parent
STATIC = [path for path in (WEB / "static").rglob("*") if path.is_file()]
TEMPLATES = [path.read_text(encoding="utf-8") for path in (WEB / "templates").rglob("*.html")]
CATALOGUES = sorted((WEB / "static" / "locales").glob("*.json"))


def test_the_page_is_small() -> None:
    templates_bytes = sum(len(template.encode()) for template in TEMPLATES)
    assert sum(path.stat().st_size for path in STATIC) + templates_bytes <= 150_000


def test_nothing_comes_from_elsewhere() -> None:
    for path in STATIC:
        addresses = set(re.findall(r"https?://[\w./-]+", path.read_text(encoding="utf-8")))
        documentation = {"http://www.w3.org/2000/svg", "https://www.w3.org/TR/mediacapture-streams/"}
        assert path in CATALOGUES or addresses <= documentation, path


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.stem)
def test_every_sentence_of_the_templates_is_in_every_catalogue(catalogue: Path) -> None:
    named = re.findall(r'data-(?:text|placeholder|label|title)="(\w+)"', "".join(TEMPLATES))
    assert set(named) <= set(json.loads(catalogue.read_text(encoding="utf-8")))


async def test_every_module_is_preloaded_so_that_none_waits_for_another(visit: Visit) -> None:
    visitor = await visit()
    preloaded, loaded = await visitor.page.evaluate(
        """() => [
          [...document.querySelectorAll('link[rel=modulepreload]')].map(link => link.href),
          performance.getEntriesByType('resource').map(entry => entry.name).filter(url => /[.]js$/.test(url)),
        ]"""
    )
    assert {url for url in loaded if not url.endswith("/app.js")} == set(preloaded)
