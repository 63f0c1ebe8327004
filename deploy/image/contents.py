"""Write what is in an image, with licences, to FOLDER/contents.cdx.json: `contents.py FOLDER`.

The format is CycloneDX (https://cyclonedx.org/docs/1.6/json/), which scanners and people can read. What comes
with the base image is listed by Azure Linux itself, in the image's /var/lib/rpmmanifest.
"""

import json
import re
import sys
from importlib.metadata import Distribution, PackageMetadata, distributions
from pathlib import Path
from typing import Any

from libraries import PACKAGES, Package

# A licence field with more than this is the text itself.
LONGEST_NAME = 100
CLASSIFIER = "License :: "
# Wheels whose metadata name none. espeak-ng itself, which this one holds, is GPL:
# https://github.com/espeak-ng/espeak-ng/blob/master/COPYING
UNNAMED = {"espeakng-loader": "GPL-3.0-or-later"}


def main(folder: Path) -> None:
    """Write the list."""
    installed = [str(folder / name) for name in ("app", "dependencies")]
    components = [_python_component(one) for one in distributions(path=installed)]
    libraries = {path.name for path in (folder / "lib").iterdir()}
    components += [
        _debian_component(name, package)
        for name, package in PACKAGES.items()
        if any(re.fullmatch(package.libraries, library) for library in libraries)
    ]
    components.sort(key=lambda one: one["name"].lower())
    unknown = [one["name"] for one in components if not one["licenses"]]
    if unknown:
        raise SystemExit(f"The licence of {', '.join(unknown)} is not known.")
    document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}
    (folder / "contents.cdx.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for one in components:
        print(f"{one['name']} {one['version']}: {' / '.join(map(_name, one['licenses']))}")


def _python_component(distribution: Distribution) -> dict[str, Any]:
    name, version = distribution.metadata["Name"], distribution.version
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{version}",
        "licenses": _licences(distribution.metadata),
    }


def _debian_component(name: str, package: Package) -> dict[str, Any]:
    version = package.path.split("_")[1]
    return {
        "type": "library",
        "name": name,
        "version": version,
        "purl": f"pkg:deb/debian/{name}@{version}?arch=amd64",
        "licenses": [{"expression": package.licence}],
    }


def _licences(metadata: PackageMetadata) -> list[dict[str, Any]]:
    """Read the expression (PEP 639), else the older field, else the classifiers."""
    if expression := _field(metadata, "License-Expression") or UNNAMED.get(metadata["Name"]):
        return [{"expression": expression}]
    licence = _field(metadata, "License")
    if licence and len(licence) <= LONGEST_NAME and licence != "UNKNOWN":
        return [{"license": {"name": licence}}]
    classifiers = [one for one in metadata.get_all("Classifier") or () if one.startswith(CLASSIFIER)]
    return [{"license": {"name": one.split(" :: ")[-1]}} for one in classifiers]


def _field(metadata: PackageMetadata, name: str) -> str:
    return metadata[name].strip() if name in metadata else ""


def _name(licence: dict[str, Any]) -> str:
    name: str = licence.get("expression") or licence["license"]["name"]
    return name


if __name__ == "__main__":
    main(Path(sys.argv[1]))
