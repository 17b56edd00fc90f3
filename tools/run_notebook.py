"""Run a notebook and keep its outputs: `python tools/run_notebook.py examples/notebook.ipynb`.

What changes from run to run (times, the kernel's version, the folder) is left out, so that a difference is a
difference.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def run(path: Path, folder: Path) -> nbformat.NotebookNode:
    """The executed notebook; what it writes goes into the folder.

    Args:
        path: the notebook.
        folder: its working folder.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=1800, kernel_name="python3", resources={"metadata": {"path": str(folder)}},
        record_timing=False,
    )  # fmt: skip
    client.execute(env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    notebook.metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    here = json.dumps(f"{folder}{os.sep}")[1:-1]  # where it ran is nobody's business
    return nbformat.reads(nbformat.writes(notebook).replace(here, ""), as_version=4)


if __name__ == "__main__":
    source = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as working:
        nbformat.write(run(source, Path(working)), source)
