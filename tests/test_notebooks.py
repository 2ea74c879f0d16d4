"""The notebooks run from top to bottom, and are kept without outputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "examples" / "notebooks").glob("*.ipynb"))

# In a process of its own: Jupyter's warnings are not ours to answer for.
RUN = """
import sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(notebook)
place = {"metadata": {"path": sys.argv[2]}}
NotebookClient(notebook, timeout=300, kernel_name="headword-tests", resources=place).execute()
for cell in notebook.cells:
    for output in cell.get("outputs", []):
        print(output.get("text", ""), end="")
"""

EXPECTED = {
    "first_steps": ["chelsea.png           a cat", "['config.json', 'labels.json', 'model.safetensors'] True"],
    "your_own_classifier": ["found: ", "names permuted: ", "MB of page"],
    "a_fair_comparison": ["112 pictures, 14 classes", "on 14 photographs", "names permuted: "],
}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_no_outputs(notebook: Path) -> None:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert code
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []
    assert content["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook: Path, tmp_path: Path) -> None:
    kernel = tmp_path / "kernels" / "headword-tests"
    kernel.mkdir(parents=True)
    # The interpreter that runs the tests, whatever kernels this machine has.
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": command, "display_name": "tests", "language": "python"}))
    (tmp_path / "work").mkdir()
    folders = {name: str(tmp_path / name) for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")}
    environment = {**os.environ, **folders, "JUPYTER_PATH": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    arguments = [sys.executable, "-c", RUN, str(notebook), str(tmp_path / "work")]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    for each in EXPECTED[notebook.stem]:
        assert each in done.stdout
