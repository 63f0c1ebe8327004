"""Without pocketsphinx the module of its adapter cannot be imported, nor that of its tests."""

from tests.offered_engines import is_offered

collect_ignore = [] if is_offered("pocketsphinx") else ["test_pocketsphinx.py"]
