import json
import os
import time

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from twobranch.cli.check import check
from twobranch.cli.options import open_corpus, parse_columns
from twobranch.errors import TwobranchError


@pytest.fixture
def data(tmp_path):
    for number in range(10):
        Image.effect_noise((16, 16), 10 + number).save(tmp_path / f"{number}.png")
    rows = [f"{number}.png,A [red] number {number}." for number in range(10)]
    path = tmp_path / "captions.csv"
    path.write_text("\n".join(["file,words", *rows]) + "\n")
    return path


def run(*arguments):
    app = typer.Typer()
    app.command()(check)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_report_says_what_was_understood(data):
    result = run(data, "--columns", "sentence=words")
    assert result.exit_code == 0
    assert "is read as table" in result.stdout
    assert "columns: sentence=words, image=file" in result.stdout
    assert "training can run" in result.stdout


def test_json_is_one_document_and_nothing_else(data):
    result = run(data, "--columns", "sentence=words", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 0
    assert document["trainable"] is True
    assert document["images"] == document["sentences"] == 10
    assert [finding["code"] for finding in document["findings"]] == ["small-corpus"]


def test_a_broken_row_is_a_finding_and_exit_code_2(data):
    with data.open("a") as file:
        file.write("3.png\n")
    result = run(data, "--columns", "sentence=words", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["findings"][0]["severity"] == "error"
    assert "row 12" in json.loads(result.stdout)["findings"][0]["examples"][0]
    assert run(data, "--columns", "sentence=words", "--skip-bad-rows").exit_code == 0


def test_data_in_no_format_is_an_error(data):
    result = run(data)
    assert isinstance(result.exception, TwobranchError)
    assert "--columns sentence=NAME" in str(result.exception)


def test_pictures_alone_are_said_to_be_for_an_index(data):
    data.unlink()
    result = run(data.parent)
    assert result.exit_code == 2
    assert "is read as pictures alone" in result.stdout
    assert "it can be indexed, but not trained on" in result.stdout
    assert "10 images, 0 sentences" in result.stdout
    assert json.loads(run(data.parent, "--json").stdout)["trainable"] is False


@pytest.mark.parametrize("text", ["image", "image=", "=file", "image=a,,split=b", "image=a,image=b"])
def test_columns_that_cannot_be_read_are_refused(text):
    with pytest.raises(TwobranchError, match=r"--columns: .*Write for example --columns image=file"):
        parse_columns(text)


def test_open_corpus_logs_notes_and_problems(data, caplog):
    with data.open("a") as file:
        file.write("3.png\n")
    with caplog.at_level("INFO", logger="twobranch"):
        corpus = open_corpus(data, None, "sentence=words", None, True)
    assert corpus.images.num_rows == 10
    assert "columns: sentence=words, image=file" in caplog.text
    assert "captions.csv, row 12: a row has 2 fields, as the header has, but found 1" in caplog.text


@pytest.mark.skipif("FLICKR8K" not in os.environ, reason="FLICKR8K does not name a folder of Flickr8k")
def test_the_real_corpus_takes_less_than_a_minute():
    start = time.monotonic()
    result = run(os.environ["FLICKR8K"], "--json")
    assert time.monotonic() - start < 60
    found = {finding["code"]: finding for finding in json.loads(result.stdout)["findings"]}
    assert result.exit_code == 0
    assert found["missing-images"]["count"] == 1
