import io
import shutil

import pytest
from PIL import Image

from twobranch.corpus.doctor import diagnose
from twobranch.corpus.pictures import examine_picture
from twobranch.corpus.reading import ReadOptions

HEADER = "image,caption,split,group\n"


def findings(diagnosis):
    return {finding.code: finding for finding in diagnosis.findings}


@pytest.fixture
def healthy(draw, write):
    draw("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    return write("captions.csv", HEADER + "a.jpg,One,train,\nb.jpg,Two,train,\nc.jpg,Three,val,\nd.jpg,Four,test,\n")


def examine(path, **options):
    return diagnose(path, ReadOptions(**options))


def test_healthy_data_is_only_small(healthy):
    diagnosis = examine(healthy)
    assert diagnosis.trainable
    assert list(findings(diagnosis)) == ["small-corpus"]
    document = diagnosis.to_json()
    assert document["format"] == "table"
    assert document["splits"]["train"]["images"] == 2
    assert document["splits"]["val"]["fingerprint"] == diagnosis.corpus.split("val").fingerprint


def test_small_splits_say_what_to_expect(healthy):
    small = findings(examine(healthy))["small-corpus"]
    assert small.count == 3
    assert [text.split(" images")[0] for text in small.examples] == ["train: 2", "val: 1", "test: 1"]
    assert "% after 300," in small.examples[0]
    assert "uncertain by up to 98 points" in small.examples[1]


def test_the_document_of_a_finding(healthy):
    (healthy.parent / "b.jpg").write_bytes(b"")
    document = examine(healthy).to_json()["findings"]
    assert [set(finding) for finding in document] == [
        {"code", "severity", "message", "count", "examples", "cases"}
    ] * len(document)
    empty = next(finding for finding in document if finding["code"] == "empty-images")
    assert empty["examples"] == ["b.jpg: the file has no bytes"]
    assert empty["cases"] == [{"images": ["b.jpg"], "sentence": None, "probability": None}]


def truncated(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])


def as_png(path):
    Image.open(path).save(path, "PNG")


def as_text(path):
    path.write_text("<html>404</html>")


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda path: path.unlink(), "missing-images"),
        (lambda path: path.unlink() or path.mkdir(), "missing-images"),
        (lambda path: path.write_bytes(b""), "empty-images"),
        (as_text, "corrupt-images"),
        (truncated, "corrupt-images"),
        (as_png, "mislabeled-images"),
    ],
)
def test_each_defect_of_a_file_is_found(healthy, harm, code):
    harm(healthy.parent / "b.jpg")
    diagnosis = examine(healthy)
    assert findings(diagnosis)[code].examples[0].startswith("b.jpg: ")
    assert findings(diagnosis)[code].count == 1
    assert diagnosis.trainable


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP", "TIFF", "WEBP", "JPEG"])
def test_truncation_is_found_in_every_format(tmp_path, kind):
    content = io.BytesIO()
    Image.effect_noise((300, 200), 50).convert("RGB").save(content, kind)
    path = tmp_path / f"a.{kind.lower()}"
    path.write_bytes(content.getvalue())
    assert examine_picture(str(path)).defect is None
    assert examine_picture(str(path)).size == (300, 200)
    truncated(path)
    assert examine_picture(str(path)).defect == "corrupt"


def test_no_readable_training_image_stops_training(healthy):
    for name in "ab":
        as_text(healthy.parent / f"{name}.jpg")
    diagnosis = examine(healthy)
    assert not diagnosis.trainable
    assert diagnosis.findings[0].code == "no-training-images"


def test_the_same_picture_across_splits_is_leakage_and_inside_one_a_duplicate(healthy):
    folder = healthy.parent
    shutil.copy(folder / "a.jpg", folder / "b.jpg")
    assert findings(examine(healthy))["duplicate-images"].examples == ("a.jpg (train) = b.jpg (train)",)
    shutil.copy(folder / "a.jpg", folder / "d.jpg")
    found = findings(examine(healthy))
    assert found["leaking-images"].examples == ("a.jpg (train) = b.jpg (train) = d.jpg (test)",)
    assert "duplicate-images" not in found


def test_many_copies_are_named_in_part(draw, write):
    folder = draw("0.jpg")
    for number in range(1, 30):
        shutil.copy(folder / "0.jpg", folder / f"{number}.jpg")
    rows = [f"{number}.jpg,Number {number},train," for number in range(30)]
    case = findings(examine(write("c.csv", HEADER + "\n".join(rows))))["duplicate-images"].cases[0]
    assert case.text.endswith(" = 19.jpg (train) = 10 more")
    assert len(case.images) == 30


def test_copies_in_one_group_are_no_trouble(draw, write):
    folder = draw("a.jpg")
    shutil.copy(folder / "a.jpg", folder / "b.jpg")
    assert "duplicate-images" not in findings(examine(write("c.csv", HEADER + "a.jpg,x,train,1\nb.jpg,y,train,1\n")))


def test_a_broken_row_stops_training_unless_skipped(healthy):
    with healthy.open("a") as file:
        file.write("e.jpg\n")
    strict, skipping = examine(healthy), examine(healthy, skip_bad_rows=True)
    assert findings(strict)["bad-rows"].severity == "error"
    assert findings(strict)["bad-rows"].examples[0].startswith("captions.csv, row 6: a row has 4 fields")
    assert (strict.trainable, skipping.trainable) == (False, True)


def test_a_group_in_two_splits_is_reported(draw, write):
    draw("a.jpg", "b.jpg")
    diagnosis = examine(write("captions.csv", HEADER + "a.jpg,x,train,g\nb.jpg,y,test,g\n"))
    assert findings(diagnosis)["groups-straddling-splits"].count == 1
    assert not diagnosis.trainable


def test_sentences_on_many_images_and_long_ones(draw, write):
    draw("a.jpg", "b.jpg", "c.jpg")
    text = HEADER + f"a.jpg,A Dog,train,\na.jpg,a dog,train,\nb.jpg,a  dog,val,\nc.jpg,{'word ' * 101},test,\n"
    found = findings(examine(write("captions.csv", text)))
    assert found["shared-sentences"].examples == ("'A Dog' on 2 images",)
    assert found["long-sentences"].examples == ("c.jpg#0: 101 words",)


def test_all_images_missing_is_one_finding_that_names_the_option(healthy):
    for name in "abcd":
        (healthy.parent / f"{name}.jpg").unlink()
    diagnosis = examine(healthy)
    assert [finding.code for finding in diagnosis.findings] == ["nothing-to-read"]
    assert "--images" in diagnosis.findings[0].message
    assert not diagnosis.trainable


def test_absent_splits_are_reported(draw, write):
    draw("a.jpg")
    diagnosis = examine(write("captions.csv", HEADER + "a.jpg,x,test,\n"))
    assert {"no-train-split", "no-val-split"} <= set(findings(diagnosis))
    assert not diagnosis.trainable


def test_boxes_are_compared_with_the_picture_as_it_is_shown(tmp_path, write):
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new("RGB", (40, 20)).save(tmp_path / "a.jpg", exif=turned)  # shown as 20 x 40
    row = '{"image": "a.jpg", "text": "A dog", "split": "train", "phrases": [%s]}'
    phrase = '{"sentence": 0, "start": 0, "end": 1, "boxes": [[0, 0, %d, %d]]}'
    path = write("scenes.jsonl", row % ", ".join([phrase % (20, 40), phrase % (40, 20)]))
    assert findings(examine(path))["boxes-outside"].examples == (
        "a.jpg: a box ends at (40, 20) in a picture of (20, 40)",
    )


def test_pictures_alone_are_looked_at_before_they_are_indexed(draw):
    folder = draw("a.jpg", "sub/b.jpg", "c.jpg")
    as_text(folder / "c.jpg")
    diagnosis = examine(folder)
    assert not diagnosis.trainable
    assert [finding.code for finding in diagnosis.findings] == ["no-sentences", "corrupt-images"]
    assert "twobranch index MODEL DIR" in diagnosis.findings[0].message
    document = diagnosis.to_json()
    assert document["format"] == "pictures alone"
    assert (document["images"], document["sentences"], document["splits"]) == (3, 0, {})
