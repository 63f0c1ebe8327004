/** The page's languages: which one a visitor gets, and what its catalogues say. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { afterEach, describe, test } from "node:test";

import {
  LANGUAGES,
  isLanguage,
  numberLocale,
  preferredLanguage,
  sameLanguage,
} from "../../src/openvoicelive/web/static/language.js";

const LOCALES = new URL("../../src/openvoicelive/web/static/locales/", import.meta.url);

/** Each with its file, as it is written. */
const CATALOGUES = new Map(
  readdirSync(LOCALES).map((file) => [file.replace(".json", ""), readFileSync(new URL(file, LOCALES), "utf-8")]),
);

const navigatorOfNode = Object.getOwnPropertyDescriptor(globalThis, "navigator") ?? {};

/** @param {string[]} languages what the browser says its visitor reads */
function visitorReads(...languages) {
  Object.defineProperty(globalThis, "navigator", { value: { languages }, configurable: true });
}

afterEach(() => {
  Object.defineProperty(globalThis, "navigator", navigatorOfNode);
});

test("every language has a catalogue, and every catalogue a language", () => {
  assert.deepEqual([...CATALOGUES.keys()].sort(), Object.keys(LANGUAGES).sort());
});

for (const [language, source] of CATALOGUES) {
  describe(`the catalogue of ${language}`, () => {
    const english = JSON.parse(CATALOGUES.get("en") ?? "");
    const sentences = JSON.parse(source);

    test("has the same sentences with the same values as the English one", () => {
      const values = (/** @type {Record<string, string>} */ catalogue) =>
        Object.fromEntries(
          Object.entries(catalogue).map(([key, text]) => [key, (text.match(/\{\w+(?::\.\d)?\}/g) ?? []).sort()]),
        );
      assert.deepEqual(values(sentences), values(english));
    });

    test("has each sentence once", () => {
      const keys = [...source.matchAll(/^ {2}"(\w+)":/gm)].map(([, key]) => key);
      assert.equal(new Set(keys).size, keys.length);
      assert.equal(keys.length, Object.keys(sentences).length);
    });
  });
}

for (const [wanted, language] of [
  [["it-CH"], "it"],
  [["pt-PT"], "pt-BR"],
  [["es-419"], "es"],
  [["en-GB"], "en"],
  [["ja-JP"], "en"],
  [["ja-JP", "it-IT", "en-US"], "it"],
  [[], "en"],
]) {
  test(`a visitor who reads ${wanted || "no language"} gets the page in ${language}`, () => {
    visitorReads(...wanted);
    assert.equal(preferredLanguage(), language);
  });
}

test("numbers are written as in the visitor's region if it has the page's language", () => {
  visitorReads("en-US", "es-MX");
  assert.equal(numberLocale("es"), "es-MX");
  assert.equal(numberLocale("it"), "it");
});

test("languages are the same if only their regions differ", () => {
  assert.ok(sameLanguage("pt-BR", "PT"));
  assert.ok(!sameLanguage("pt-BR", "it"));
});

test("only a language that the page has is one", () => {
  assert.ok(isLanguage("pt-BR"));
  for (const other of ["pt", "toString", 7, null]) assert.ok(!isLanguage(other));
});
