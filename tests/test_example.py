"""The example runs as it stands, on fewer pictures."""

import importlib.util
from pathlib import Path

import pytest

from tests.conftest import SMALL

EXAMPLE = Path(__file__).parent.parent / "examples" / "train_and_search.py"


@pytest.fixture
def example():
    spec = importlib.util.spec_from_file_location("example", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example(example, scenes, tmp_path, capsys):
    example.main(scenes, tmp_path, [*SMALL, "stages.0.epochs=2"])
    printed = capsys.readouterr().out
    assert "embeddings (3, 512) (5, 512)" in printed
    assert "rsum" in printed
