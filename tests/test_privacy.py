"""Nothing that runs here tells anybody that it runs."""

import os
import subprocess
import sys
from pathlib import Path

LOAD_MODELS = """
from openvoicelive.audio.voice_activity import VoiceActivityModel, silero_model_path
from openvoicelive.recognition.engines import load_recognizer
VoiceActivityModel(silero_model_path())
load_recognizer()
"""


def test_the_models_leave_no_trace_in_the_users_home(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    environment["HOME"] = str(tmp_path)
    subprocess.run([sys.executable, "-c", LOAD_MODELS], env=environment, check=True, timeout=60)
    # onnxruntime's telemetry would keep an id of this machine there, and what it has not sent yet.
    assert list(tmp_path.rglob("*")) == []
