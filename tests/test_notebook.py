"""The example notebook: what is committed shows something, and it still runs."""

import json
import re
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parent.parent / "examples" / "notebook.ipynb"


def outputs(notebook):
    """The HTML and the text of each cell that has some."""
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    found = []
    for cell in cells:
        kinds = {kind: "".join(text) for output in cell["outputs"] for kind, text in output.get("data", {}).items()}
        found.append(kinds)
    return found


def check(notebook):
    """A corpus, metrics, hits with pictures and sentences with probabilities; no error."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [output for cell in code for output in cell["outputs"] if output["output_type"] == "error"] == []
    html = [kinds["text/html"] for kinds in outputs(notebook) if "text/html" in kinds]
    assert len(html) == 5
    corpus, metrics, found, alike, annotation = html
    assert "fingerprint" in corpus
    assert "R@10" in metrics
    assert found.count("data:image/jpeg;base64,") == alike.count("data:image/jpeg;base64,") == 4
    assert "probability" in annotation


def test_the_committed_outputs_are_there():
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert len(text) < 400_000
    told = re.sub(r"[A-Za-z0-9+/=]{200,}", "", text)  # without the pictures, whose bytes may spell anything
    assert "/home/" not in told
    assert "/tmp" not in told
    notebook = json.loads(text)
    check(notebook)
    assert all(cell["execution_count"] for cell in notebook["cells"] if cell["cell_type"] == "code")


@pytest.mark.slow
def test_it_runs(tmp_path):
    pytest.importorskip("nbclient", reason="needs nbclient and ipykernel")
    pytest.importorskip("ipykernel", reason="needs nbclient and ipykernel")
    import importlib.util

    spec = importlib.util.spec_from_file_location("run_notebook", NOTEBOOK.parent.parent / "tools" / "run_notebook.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    check(tool.run(NOTEBOOK, tmp_path))
