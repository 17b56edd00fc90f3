"""`twobranch cache`: one JSON document, and clearing."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from tests.features.fake import FakeEncoder
from twobranch.cli.cache import app
from twobranch.features.cache import FeatureCache
from twobranch.features.extract import image_features


def test_list_and_clear(pictures: list[Path], tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    image_features(FakeEncoder(), pictures, ("image", "mirror"), FeatureCache(folder))
    runner = CliRunner()
    listed = runner.invoke(app, ["list", "--json", "--cache", str(folder)])
    assert listed.exit_code == 0
    document = json.loads(listed.stdout)
    assert document["folder"] == str(folder)
    assert [(entry["view"], entry["rows"]) for entry in document["entries"]] == [("image", 6), ("mirror", 6)]
    assert "mirror" in runner.invoke(app, ["list", "--cache", str(folder)]).stdout

    assert runner.invoke(app, ["clear", "--encoder", "other", "--cache", str(folder)]).exit_code == 0
    assert len(FeatureCache(folder).entries()) == 2
    cleared = runner.invoke(app, ["clear", "--cache", str(folder)])
    assert cleared.exit_code == 0
    assert "freed" in cleared.stderr
    assert FeatureCache(folder).entries() == []


def test_an_empty_cache(tmp_path: Path) -> None:
    listed = CliRunner().invoke(app, ["list", "--json", "--cache", str(tmp_path / "none")])
    assert json.loads(listed.stdout)["entries"] == []
