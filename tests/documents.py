"""What the documents contain: programs to paste, settings to copy."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def code_block(document: str, language: str) -> str:
    """Return the only block of code in this language in a document, named from the root of the repository."""
    text = (ROOT / document).read_text(encoding="utf-8")
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return block  # type: ignore[no-any-return]
