"""Chooses the language that the installed recogniser is asked for."""

from collections.abc import Collection

from openvoicelive.errors import EngineError
from openvoicelive.language.registry import primary_subtag
from openvoicelive.protocol.language import languages_heard
from openvoicelive.protocol.options import Transcription

CODE = "language_not_recognised"


def heard_language(transcription: Transcription | None, installed: Collection[str]) -> str | None:
    """Return the first of the client's languages that is installed; None leaves it to the engine.

    `installed` holds primary subtags; if it is empty, the engine itself says why.

    Raises:
        EngineError: If none of them is, because a recogniser of another language would write wrong words.

    """
    asked = languages_heard(transcription)
    if not asked or not installed:
        return None
    found = next((tag for tag in asked if primary_subtag(tag) in installed), None)
    if found is None:
        raise EngineError(
            f"Speech in {' or '.join(asked)} is not understood here, only in {', '.join(sorted(installed))}. "
            "Messages that are typed are answered.",
            code=CODE,
        )
    return found
