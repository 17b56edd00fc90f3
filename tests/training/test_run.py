"""The folder of a run."""

import pytest

from twobranch.errors import TwobranchError
from twobranch.training.run import Run


def test_a_run_with_tensorboard_may_start_and_writes_events(tmp_path):
    pytest.importorskip("tensorboard")
    run = Run(tmp_path / "run", tensorboard=True)
    run.must_be_new()
    for epoch in (1, 2):
        run.record([{"epoch": number, "losses": {"a": 1.0}, "val": {"rsum": 2.0}} for number in range(epoch)])
    assert list((run.path / "tensorboard").glob("events*"))
    with pytest.raises(TwobranchError, match="new or empty folder"):
        run.must_be_new()
