"""Talk with an AI agent in real time, in the browser; with an open, self-hosted Voice Live service."""

import os

# onnxruntime, which runs the models for voice activity and recognition, gives the machine an id and reports
# to Microsoft unless this is set before it is imported (its Privacy.md, "Disabling Telemetry"). No sound is
# in those reports, but who runs this at home is promised that nothing leaves the machine.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
