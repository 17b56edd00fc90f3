"""The engine: converted once, silent, precise, quick to start."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from twobranch.errors import TwobranchError
from twobranch.features import precision as precision_module
from twobranch.features.converted import clear_converted, converted_folder
from twobranch.features.encoder import SentenceEncoder
from twobranch.features.engine import OpenVinoEngine, TorchEngine, make_engine
from twobranch.features.network import Network
from twobranch.features.runtime import openvino, resolve_device

BUILT: list[str] = []


def double(identity: str = "d" * 64) -> Network:
    """A network of one matrix product, so that a conversion takes no time."""

    def build() -> object:
        import torch

        class Product(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                weight = np.random.default_rng(0).normal(size=(8, 8)).astype(np.float32)
                self.register_buffer("weight", torch.from_numpy(weight))

            def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
                return x @ self.weight, x * 2

        BUILT.append(identity)
        return Product().eval()

    probe = np.random.default_rng(1).normal(size=(16, 8)).astype(np.float32)
    return Network("double", identity, build, ((-1, 8),), ("product", "double"), lambda: [(probe,)])  # type: ignore[arg-type]


def test_outputs_by_name_in_the_order_of_the_batches(tmp_path: Path) -> None:
    engine = OpenVinoEngine(double(), tmp_path)
    batches = [(np.full((k + 1, 8), k, np.float32),) for k in range(9)]
    found = engine.run(batches, ("double",))
    for k, (rows,) in enumerate(found):
        np.testing.assert_allclose(rows, np.full((k + 1, 8), 2 * k), rtol=0.01)
    ((doubled, product),) = engine.run(batches[:1], ("double", "product"))
    assert doubled.shape == product.shape == (1, 8)


def test_the_conversion_is_kept_and_a_damaged_one_is_made_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    BUILT.clear()
    folder = converted_folder(double(), tmp_path)
    assert converted_folder(double(), tmp_path) == folder
    assert len(BUILT) == 1
    (folder / "model.bin").write_bytes(b"")
    with caplog.at_level(logging.WARNING, "twobranch"):
        converted_folder(double(), tmp_path)
    assert len(BUILT) == 2
    assert "is damaged" in caplog.text
    assert converted_folder(double("e" * 64), tmp_path) != folder
    assert clear_converted(tmp_path) > 0
    assert not folder.exists()


def test_bf16_that_differs_too_much_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(precision_module, "BF16_COSINE", 1.1)
    with caplog.at_level(logging.INFO, "twobranch"):
        engine = OpenVinoEngine(double(), tmp_path)
    assert engine.precision == "f32"
    (remembered,) = tmp_path.rglob("precision-*.json")
    assert json.loads(remembered.read_text())["precision"] == "f32"
    if "BF16" in openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        assert "float32 is used" in caplog.text
        assert "mixed" not in caplog.text  # there is no boundary to mix at
    monkeypatch.setattr(OpenVinoEngine, "_probe", lambda *_: pytest.fail("the outcome is remembered"))
    assert OpenVinoEngine(double(), tmp_path).precision == "f32"


def test_a_failure_inside_a_run_leaves_a_usable_engine(tmp_path: Path) -> None:
    engine = OpenVinoEngine(double(), tmp_path)
    good, bad = (np.ones((2, 8), np.float32),), (np.ones((2, 7), np.float32),)
    with pytest.raises(RuntimeError):
        engine.run([good] * 6 + [bad] + [good] * 6, ("double",))
    for (rows,) in engine.run([good] * 8, ("double",)):
        np.testing.assert_allclose(rows, 2)


def test_threads_may_share_an_engine(tmp_path: Path) -> None:
    engine = OpenVinoEngine(double(), tmp_path)

    def ask(value: int) -> bool:
        found = engine.run([(np.full((3, 8), value, np.float32),)] * 5, ("double",))
        return all(np.allclose(rows, 2 * value, rtol=0.01) for (rows,) in found)

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert all(pool.map(ask, range(40)))


def test_a_conversion_that_computes_something_else_is_refused(tmp_path: Path) -> None:
    folder = converted_folder(double(), tmp_path)
    reference = np.load(folder / "reference.npy")
    np.save(folder / "reference.npy", reference[::-1])
    with pytest.raises(TwobranchError, match="what torch computes"):
        OpenVinoEngine(double(), tmp_path)


def test_such_a_network_runs_in_torch_and_a_warning_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = converted_folder(double(), tmp_path)
    reference = np.load(folder / "reference.npy")
    np.save(folder / "reference.npy", reference[::-1])
    with caplog.at_level(logging.WARNING, logger="twobranch"):
        assert isinstance(make_engine(double(), device="cpu", cache=tmp_path), TorchEngine)
    assert "what torch computes" in caplog.text


def test_a_network_that_cannot_be_converted_runs_in_torch_and_a_warning_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import torch

    class Singular(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
            return (torch.linalg.svdvals(x),)

    probe = np.random.default_rng(1).normal(size=(3, 4, 4)).astype(np.float32)
    network = Network("singular", "e" * 64, lambda: Singular().eval(), ((-1, 4, 4),), ("values",), lambda: [(probe,)])
    with caplog.at_level(logging.WARNING, logger="twobranch"):
        engine = make_engine(network, device="cpu", cache=tmp_path)
    assert "No conversion rule found for operations: aten::linalg_svd" in caplog.text
    ((found,),) = engine.run([(probe,)], ("values",))
    np.testing.assert_allclose(found, np.linalg.svd(probe)[1], rtol=1e-4)


def test_threads_are_obeyed(tmp_path: Path) -> None:
    engine = make_engine(double(), device="cpu", threads=1, cache=tmp_path)
    assert isinstance(engine, OpenVinoEngine)
    engine.run([(np.zeros((1, 8), np.float32),)], ("double",))
    (compiled,) = engine._requests[engine.precision, ("double",)].compiled
    assert compiled.get_property("INFERENCE_NUM_THREADS") == 1


def test_devices() -> None:
    assert resolve_device("cpu") == "cpu"
    for wrong in ("gpu", "cpu:1", "cuda:77"):
        with pytest.raises(TwobranchError, match="--device"):
            resolve_device(wrong)


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TwobranchError, match="TWOBRANCH_CACHE"):
        converted_folder(double(), tmp_path / "file")


# Counts every attempt to look up or reach a host, in this process and in those it forks, and sends nothing.
WATCHED = """
import os, socket, sys
from pathlib import Path

def refuse(*arguments, **_):
    with open(os.environ["ATTEMPTS"], "a") as file:
        file.write(f"{arguments}\\n")
    raise OSError("no network in this test")

socket.getaddrinfo = socket.create_connection = socket.socket.connect = socket.socket.connect_ex = refuse
"""

CONVERT = """
from twobranch.features.word_vectors import WordVectors
from tests.features.test_engine import OpenVinoEngine, double
import numpy as np
engine = OpenVinoEngine(double(), Path(sys.argv[1]))
engine.run([(np.zeros((2, 8), np.float32),)], ("double",))
assert "openvino.tools.ovc" in sys.modules
import time; time.sleep(0.5)
"""

COLD = """
from twobranch.features import SENTENCE_ENCODERS
rows = SENTENCE_ENCODERS["minilm"]().load(cache=Path(sys.argv[1])).encode(["a dog runs on the beach"])
assert rows.shape == (1, 384)
loaded = [name for name in ("torch", "transformers", "sklearn", "pandas", "lancedb") if name in sys.modules]
assert not loaded, loaded
"""


def run_watched(code: str, home: Path, cache: Path) -> str:
    """Run code in a fresh process with an empty home; returns what it tried to reach."""
    home.mkdir()
    attempts = home.parent / "attempts.txt"
    root = Path(__file__).parents[2]
    environment = {key: value for key, value in os.environ.items() if key not in ("CI", "TF_BUILD", "JENKINS_URL")}
    environment |= {
        "HOME": str(home),
        "LOCALAPPDATA": str(home),
        "ATTEMPTS": str(attempts),
        "PYTHONPATH": os.pathsep.join([str(root), *sys.path]),
    }
    ended = subprocess.run(
        [sys.executable, "-c", WATCHED + code, str(cache)], env=environment, timeout=120, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return attempts.read_text() if attempts.exists() else ""


def test_the_watch_sees_an_attempt(tmp_path: Path) -> None:
    attempt = """
import multiprocessing, urllib.request
def reach():
    try:
        urllib.request.urlopen("http://example.invalid/")
    except OSError:
        pass
process = multiprocessing.get_context("fork").Process(target=reach)
process.start()
process.join()
"""
    assert "example.invalid" in run_watched(attempt, tmp_path / "home", tmp_path / "cache")


def test_conversion_sends_and_writes_no_telemetry(tmp_path: Path) -> None:
    """In a home without a consent file, OpenVINO alone would try to reach its maker and write a client id."""
    assert run_watched(CONVERT, tmp_path / "home", tmp_path / "cache") == ""
    assert not list((tmp_path / "home").iterdir())
    assert list((tmp_path / "cache").rglob("model.xml"))


def test_a_cold_process_needs_neither_torch_nor_the_network(
    minilm: SentenceEncoder, encoder_cache: Path, tmp_path: Path
) -> None:
    assert run_watched(COLD, tmp_path / "home", encoder_cache) == ""
    assert not list((tmp_path / "home").iterdir())
