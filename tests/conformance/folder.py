"""The official live tests and the chat model that they need.

They lie beside the project, or where OPENVOICELIVE_CONFORMANCE says; this is the only place that knows.
"""

import os
from pathlib import Path

FOLDER = Path(
    os.environ.get("OPENVOICELIVE_CONFORMANCE")
    or Path(__file__).resolve().parents[2].parent / "shared" / "conformance"
)
OFFICIAL_SUITE = FOLDER / "official_suite.py"
SCRIPTED_MODEL = FOLDER / "scripted_model.py"
