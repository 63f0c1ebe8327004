"""Put shared libraries of Debian packages into an image: `libraries.py FOLDER PACKAGE...`.

Azure Linux has no package of flite, and its distroless images do not promise the run-time libraries of C and
C++ that Python's wheels expect. Debian's need an older glibc than Azure Linux 3 has. Each package is named by
its hash, and comes from the mirror, or, when that has a newer one, from the archive that keeps every version.
"""

import hashlib
import io
import re
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

SOURCES = ("http://deb.debian.org/debian/", "http://snapshot.debian.org/archive/debian/20250520T000000Z/")
DEADLINE_S = 60


class Package(NamedTuple):
    """One package of Debian 12."""

    path: str
    sha256: str
    licence: str
    """As an SPDX expression; the package's own text is put beside it."""
    libraries: str
    """A pattern for the names of the files that are taken."""


PACKAGES = {
    "libflite1": Package(
        "pool/main/f/flite/libflite1_2.2-5_amd64.deb",
        "bfa8c591f1b47730b30b372ec38e02918a1c9795eada67684e1746390ad2f061",
        "MIT-Festival",
        r"libflite(_usenglish|_cmulex|_cmu_us_rms|_cmu_us_slt)?\.so\.1",
    ),
    "libasound2": Package(
        "pool/main/a/alsa-lib/libasound2_1.2.8-1+b1_amd64.deb",
        "44c77b076a7b11ae99712439022d822245b1994c435da564ebd320bb676faf4c",
        "LGPL-2.1-or-later",
        r"libasound\.so\.2",
    ),
    # The licence of the next two; they have no text of their own.
    "gcc-12-base": Package(
        "pool/main/g/gcc-12/gcc-12-base_12.2.0-14+deb12u1_amd64.deb",
        "1896a2aacf4ad681ff5eacc24a5b0ca4d5d9c9b9c9e4b6de5197bc1e116ea619",
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        r"(?!)",
    ),
    "libgcc-s1": Package(
        "pool/main/g/gcc-12/libgcc-s1_12.2.0-14+deb12u1_amd64.deb",
        "3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7",
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        r"libgcc_s\.so\.1",
    ),
    "libstdc++6": Package(
        "pool/main/g/gcc-12/libstdc++6_12.2.0-14+deb12u1_amd64.deb",
        "5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d",
        "GPL-3.0-or-later WITH GCC-exception-3.1",
        r"libstdc\+\+\.so\.6",
    ),
}


def main(folder: Path, names: list[str]) -> None:
    """Take each package's libraries to FOLDER/lib and its licence to FOLDER/licences."""
    for directory in ("lib", "licences"):
        (folder / directory).mkdir(parents=True, exist_ok=True)
    for name in names:
        package = PACKAGES[name]
        taken = _take(_files(_download(package)), package, name, folder)
        print(f"{name}: {', '.join(taken)}")


def _take(files: tarfile.TarFile, package: Package, name: str, folder: Path) -> list[str]:
    # Wanted are the names that programs ask for; these are links to the files with the whole version.
    links = {
        Path(one.name).name: one for one in files if re.fullmatch(package.libraries, Path(one.name).name)
    }
    for library, member in links.items():
        while member.issym():
            member = files.getmember(f"./{Path(member.name).parent / member.linkname}")  # noqa: PLW2901 - the link's end
        _write(files, member, folder / "lib" / library)
    text = f"./usr/share/doc/{name}/copyright"
    if text in files.getnames():
        _write(files, files.getmember(text), folder / "licences" / name)
    return sorted(links)


def _write(files: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    content = files.extractfile(member)
    if content is None:
        raise SystemExit(f"{member.name} is no file.")
    path.write_bytes(content.read())
    path.chmod(0o644)


def _files(package: bytes) -> tarfile.TarFile:
    """Return the data of a package: an `ar` archive, https://manpages.debian.org/deb.5."""
    offset = 8
    while offset < len(package):
        name = package[offset : offset + 16].decode().strip().rstrip("/")
        size = int(package[offset + 48 : offset + 58])
        if name.startswith("data.tar"):
            return tarfile.open(fileobj=io.BytesIO(package[offset + 60 : offset + 60 + size]))
        offset += 60 + size + size % 2
    raise SystemExit("This is no Debian package.")


def _download(package: Package) -> bytes:
    problems = []
    for source in SOURCES:
        try:
            with urllib.request.urlopen(source + package.path, timeout=DEADLINE_S) as answer:  # noqa: S310 - http only
                content: bytes = answer.read()
        except (urllib.error.URLError, TimeoutError) as error:
            problems.append(f"{source}: {error}")
            continue
        if hashlib.sha256(content).hexdigest() == package.sha256:
            return content
        problems.append(f"{source}: another content than expected")
    raise SystemExit(f"{package.path} cannot be had. {' '.join(problems)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
