"""docs/errors.md lists every message of the code, and the messages that are raised are in it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError
from twobranch.features.decoding import decode_image
from twobranch.search import Index
from twobranch.training.recipes import load_recipe

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import error_table  # noqa: E402
import error_templates  # noqa: E402
from expression_texts import NEAREST  # noqa: E402

PAGE = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


def test_the_page_is_made_from_the_code():
    assert error_table.table() == PAGE, "run: python tools/error_table.py > docs/errors.md"


def test_the_command_prints_the_page():
    done = subprocess.run([sys.executable, ROOT / "tools" / "error_table.py"], capture_output=True)
    assert done.stdout.decode() == PAGE


def test_every_module_has_a_topic_and_every_topic_messages():
    modules = {message.module for message in error_templates.messages()}
    assert {error_table.topic(module) for module in modules} >= set(error_table.TOPICS) - {"Other commands"}
    with pytest.raises(ValueError, match="no topic has unknown"):
        error_table.topic("unknown/module.py")


def test_every_message_has_a_rule_and_a_remedy():
    for message in error_templates.messages():
        assert message.where, message
        assert message.rule, message
        assert message.remedy.rstrip(".)"), message


def _csv(folder: Path, text: bytes) -> None:
    (folder / "rows.csv").write_bytes(text)
    read_corpus(folder / "rows.csv")


RAISED = {
    "no data": lambda folder: read_corpus(folder / "none.csv"),
    "no format": lambda folder: read_corpus(folder),
    "latin-1": lambda folder: _csv(folder, b"image,caption\na.jpg,x\nb.jpg,caf\xe9\n"),
    "fields": lambda folder: _csv(folder, b"image,caption\na.jpg,x,y\n"),
    "path outside": lambda folder: _csv(folder, b"image,caption\n../a.jpg,x\n"),
    "no images": lambda folder: _csv(folder, b"image,caption\na.jpg,x\n"),
    "phrase": lambda folder: _csv(folder, b"image,caption,phrase,x0,y0,x1,y1\na.jpg,x,y,0,0,1,1\n"),
    "no picture": lambda folder: decode_image(b"<html>"),
    "pixels": lambda folder: decode_image(np.zeros((2, 2, 5), np.uint8)),
    "no index": lambda folder: Index.open(folder),
    "recipe": lambda folder: load_recipe("defualt"),
    "recipe key": lambda folder: load_recipe("default", ["model.embeding=3"]),
    "recipe value": lambda folder: load_recipe("default", ["model.embedding=x"]),
}


@pytest.mark.parametrize("case", RAISED)
def test_a_message_that_is_raised_is_on_the_page(case, tmp_path):
    with pytest.raises(TwobranchError) as caught:
        RAISED[case](tmp_path)
    fitting = [one for one in error_templates.messages() if _pattern(one).fullmatch(str(caught.value))]
    assert fitting, str(caught.value)


def _pattern(message: error_templates.Message) -> re.Pattern[str]:
    """A pattern of what a template can become; a remedy may be one name or all of them."""
    text = f"{message.where}: {message.rule}. {message.remedy}".replace(NEAREST, "<nearest>")
    return re.compile(re.sub(r"<[^<>]+>|\\\.\\\.\\\.", ".*", re.escape(text).replace(r"\ ", " ")))
