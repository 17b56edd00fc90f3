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
def run_folder(request):
    return request.getfixturevalue("run")  # the name is taken here by the function that runs the command


@pytest.fixture
def swapped_scenes(scenes, tmp_path):
    """The scenes, the sentences of two training images exchanged."""
    (source,) = scenes.glob("*.jsonl")
    lines = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    for line in lines:
        line["image"] = str(scenes / line["image"])
        del line["phrases"]
    lines[0]["sentences"][0], lines[1]["sentences"][0] = lines[1]["sentences"][0], lines[0]["sentences"][0]
    path = tmp_path / "scenes.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


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


def test_the_document_goes_to_a_file_and_the_page_to_a_file_or_a_folder(data, tmp_path):
    out = tmp_path / "check.json"
    result = run(data, "--columns", "sentence=words", "--out", out, "--report", tmp_path / "check.html")
    assert "training can run" in result.stdout
    assert json.loads(out.read_text())["findings"][0]["code"] == "small-corpus"
    assert "<h2>Findings</h2>" in (tmp_path / "check.html").read_text()
    run(data, "--columns", "sentence=words", "--report", tmp_path / "pages")
    assert (tmp_path / "pages" / "report.html").is_file()


def test_a_matcher_ranks_suspicious_pairs(run_folder, swapped_scenes):
    result = run(swapped_scenes, "--model", run_folder / "model", "--json", "--threads", "1")
    document = json.loads(result.stdout)
    found = next(finding for finding in document["findings"] if finding["code"] == "suspicious-pairs")
    assert found["count"] == len(found["cases"]) == round(0.02 * document["sentences"])
    probabilities = [case["probability"] for case in found["cases"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert all(case["sentence"].startswith(case["images"][0]) for case in found["cases"])


def test_what_was_found_is_not_lost_where_no_pair_can_be_judged(run_folder, data):
    for path in data.parent.glob("*.png"):
        path.write_bytes(b"no picture")
    result = run(data, "--columns", "sentence=words", "--model", run_folder / "model", "--json")
    found = {finding["code"]: finding for finding in json.loads(result.stdout)["findings"]}
    assert result.exit_code == 2
    assert found["corrupt-images"]["count"] == 10
    assert "must have images that can be read" in found["pairs-not-judged"]["message"]


def test_a_matcher_of_regions_is_refused(region_run, data):
    result = run(data, "--columns", "sentence=words", "--model", region_run / "model")
    assert isinstance(result.exception, TwobranchError)
    assert "embeddings of whole pictures, but found one of regions" in str(result.exception)


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
    assert found["missing-images"]["examples"] == ["2258277193_586949ec62.jpg.1: there is no such file"]
    assert found["near-duplicate-images"]["cases"][0]["images"] == [
        "1525153022_06c48dbe52.jpg",
        "2637959357_dd64a03efa.jpg",
    ]
    assert "foreign-sentences" not in found
