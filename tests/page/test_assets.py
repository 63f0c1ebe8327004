"""What the page is made of: small, served by us, every sentence in one place."""

import gzip
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


def test_the_page_with_all_its_languages_is_small_on_the_way() -> None:
    pages = [template.encode() for template in TEMPLATES]
    assert (
        sum(len(gzip.compress(file)) for file in [*pages, *(path.read_bytes() for path in STATIC)]) <= 150_000
    )


async def test_a_visit_brings_one_language_and_no_more_than_the_page(visit: Visit) -> None:
    visitor = await visit(locale="pt-BR")
    brought = await visitor.page.evaluate(
        """() => performance.getEntriesByType('resource').map(({ name, encodedBodySize, decodedBodySize }) =>
          [new URL(name).pathname, encodedBodySize, decodedBodySize])"""
    )
    assert [path for path, *_ in brought if path.endswith(".json")] == ["/static/locales/pt-BR.json"]
    assert sum(encoded for _, encoded, _ in brought) < 150_000
    assert all(encoded < decoded for path, encoded, decoded in brought if path.endswith(".js"))


def test_nothing_comes_from_elsewhere() -> None:
    standards = ("http://www.w3.org/2000/svg", "https://www.w3.org/TR/")
    for path in {*STATIC} - {*CATALOGUES}:
        addresses = re.findall(r"https?://[\w./-]+", path.read_text(encoding="utf-8"))
        assert all(address.startswith(standards) for address in addresses), (path, addresses)


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
