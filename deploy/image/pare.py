"""Leave out of installed packages what no program uses, and compile the rest: `pare.py FOLDER`.

The bytecode is not checked against its source at every start: an image does not change.
"""

import compileall
import py_compile
import shutil
import sys
from pathlib import Path

# Tests of the packages themselves; commands, for which there is no shell; sources of compiled modules; types.
DIRECTORIES = {"tests", "bin", "__pycache__"}
SUFFIXES = {".a", ".c", ".cpp", ".h", ".hpp", ".pxd", ".pxi", ".pyi", ".pyx"}
# 120 MB: Moonshine's own library and samples, of which we take the model alone; what onnxruntime has for
# making models; and the recognition for machines without Moonshine, which do not run this image.
UNUSED = (
    "moonshine_voice/libmoonshine.so",
    "moonshine_voice/assets/*.*",
    "moonshine_voice.libs",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    "pocketsphinx*",
)


def main(folder: Path) -> None:
    """Pare a folder down."""
    unused = [path for pattern in UNUSED for path in folder.glob(pattern)]
    for path in [*unused, *sorted(folder.rglob("*"))]:
        if path.is_dir() and (path in unused or path.name in DIRECTORIES):
            shutil.rmtree(path)
        elif path.is_file() and (path in unused or path.suffix in SUFFIXES):
            path.unlink()
    compiled = compileall.compile_dir(
        folder, quiet=1, workers=0, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH
    )
    if not compiled:
        raise SystemExit("Not everything could be compiled.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
