"""The programs in the documents run as pasted; only the address of the server differs."""

import asyncio
import sys
import wave
from pathlib import Path

from tests.documents import code_block
from tests.packaging.program import Program

DEADLINE_S = 40.0


async def run_pasted(document: str, program: Program, folder: Path) -> str:
    """Save the program of a document, run it, and return what it prints."""
    pasted = folder / "pasted.py"
    code = code_block(document, "python")
    assert "http://127.0.0.1:8000" in code
    pasted.write_text(code.replace("http://127.0.0.1:8000", program.link))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, pasted.name),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), DEADLINE_S)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_the_program_in_the_readme_prints_the_answer(guided_program: Program, tmp_path: Path) -> None:
    assert await run_pasted("README.md", guided_program, tmp_path) == "That is 42.\n"


async def test_the_documented_use_of_the_assistant_saves_the_spoken_answer(
    guided_program: Program, tmp_path: Path
) -> None:
    printed = await run_pasted("docs/voice-assistant.md", guided_program, tmp_path)
    assert "user: What is six times seven?\nassistant: That is 42.\n" in printed
    assert "The first sound came after " in printed
    with wave.open(str(tmp_path / "answer.wav")) as answer:
        assert answer.getnframes() > answer.getframerate() // 2
