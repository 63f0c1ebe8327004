"""Whether the files of an installed package are those that its wheel brought.

Each wheel lists the hashes of its files (https://packaging.python.org/specifications/recording-installed-packages/).
A model with a few wrong bytes often loads and understands nothing, so it is compared before it is loaded.
"""

import base64
import hashlib
from importlib.metadata import FileHash, PackageNotFoundError, files
from pathlib import Path

from openvoicelive.errors import EngineError

CODE = "engine_damaged"


def verify_installed(package: str, folder: Path) -> None:
    """Compare the files in a folder of a package with the list of its wheel.

    A package without such a list, which pip did not install, cannot be compared and passes. Reading takes
    about 0.1 s for 40 MB.

    Raises:
        EngineError: If a file is missing or not what was installed.

    """
    folder = folder.resolve()
    damaged = sorted(
        path.name
        for path, listed in _listed(package).items()
        if folder in path.parents and _hash_of(path, listed.mode) != listed.value
    )
    if damaged:
        raise EngineError(
            f"{package} is damaged: {', '.join(damaged)} {'is' if len(damaged) == 1 else 'are'} not what was "
            f"installed. Run: pip install --force-reinstall {package}",
            code=CODE,
        )


def _listed(package: str) -> dict[Path, FileHash]:
    """Return the hashes that the wheel lists, by the paths of its files."""
    try:
        listed = files(package) or []
    except PackageNotFoundError:
        return {}
    return {Path(str(file.locate())).resolve(): file.hash for file in listed if file.hash}


def _hash_of(path: Path, algorithm: str) -> str | None:
    try:
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, algorithm).digest()
    except OSError:
        return None
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
