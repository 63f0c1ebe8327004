"""Engines that the project cannot offer everywhere: for some platforms and Pythons they have no wheel.

The project's own requirements say where. An engine that is offered and not installed fails its tests.
"""

from importlib.metadata import requires

import pytest
from packaging.requirements import Requirement


def is_offered(package: str) -> bool:
    """Say whether the extra "local" has this package on this platform and Python."""
    requirements = map(Requirement, requires("openvoicelive") or ())
    return any(
        requirement.name == package
        and (requirement.marker is None or requirement.marker.evaluate({"extra": "local"}))
        for requirement in requirements
    )


needs_pocketsphinx = pytest.mark.skipif(
    not is_offered("pocketsphinx"), reason="pocketsphinx has no wheel for this platform and Python"
)
