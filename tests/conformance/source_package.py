"""The official SDK's own tests, from its source package: they are not installed with it.

The lock of the tests' environment says which version, and which hashes the package may have.
"""

import hashlib
import re
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements" / "dev.txt"
DOWNLOADS = ROOT / "build" / "conformance"
PACKAGE = "azure-ai-voicelive"


def unpack_tests(folder: Path) -> None:
    """Write the SDK's tests to `folder`/tests, of exactly the version that is locked.

    The package is downloaded once, with pip, from the registry that is configured for it.

    Raises:
        subprocess.CalledProcessError: If pip could not download it.

    """
    with tarfile.open(_source_package()) as package:
        for member in package.getmembers():
            # The first part of each path is the package's name and version.
            name = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            content = package.extractfile(member) if name.parts[:1] == ("tests",) else None
            if content is not None and ".." not in name.parts:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())


def _source_package() -> Path:
    requirement = locked_requirement(LOCK.read_text(encoding="utf-8"))
    hashes = set(re.findall(r"sha256:([0-9a-f]{64})", requirement))
    downloaded = _with_hash(hashes)
    if downloaded is None:
        _download(requirement)
        downloaded = _with_hash(hashes)
    assert downloaded is not None, "pip has checked the hash"
    return downloaded


def locked_requirement(lock: str) -> str:
    """Return the SDK's version and hashes as the lock has them, in pip's format."""
    found = re.search(rf"^{PACKAGE}==.*(?:\\\n +--hash=\S+ *)+", lock, re.MULTILINE)
    assert found, f"{LOCK.name} locks {PACKAGE}"
    return found[0]


def _with_hash(hashes: set[str]) -> Path | None:
    return next(
        (
            file
            for file in DOWNLOADS.glob("*.tar.gz")
            if hashlib.sha256(file.read_bytes()).hexdigest() in hashes
        ),
        None,
    )


def _download(requirement: str) -> None:
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    wanted = DOWNLOADS / "requirement.txt"
    wanted.write_text(requirement, encoding="utf-8")
    options = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-binary", PACKAGE)
    checked = ("--require-hashes", "--requirement", wanted)
    subprocess.run(
        [sys.executable, "-m", "pip", "download", *options, *checked, "--dest", DOWNLOADS], check=True
    )
