import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from twobranch.corpus import read_corpus
from twobranch.errors import TwobranchError

GOOD = "image,caption\na.jpg,A dog.\nb.jpg,A cat.\n"


def texts(corpus):
    return dict(zip(corpus.sentences.column("id").to_pylist(), corpus.sentence_texts, strict=True))


@pytest.fixture
def pictures(draw):
    return draw("a.jpg", "b.jpg")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("captions.csv", 'image,caption\na.jpg,"A ""big"" dog,\nasleep."\nb.jpg,A cat.\n'),
        ("captions.csv", '\ufeffimage;caption\r\na.jpg;"A ""big"" dog,\nasleep."\r\nb.jpg;A cat.\r\n'),
        ("captions.tsv", 'img_path\tText\na.jpg\t"A ""big"" dog,\nasleep."\n\nb.jpg\tA cat.'),
        ("results.csv", 'image_name| comment_number| comment\na.jpg| 0|"A ""big"" dog,\nasleep."\nb.jpg| 0| A cat.\n'),
        ("captions.txt", 'image,caption\na.jpg,"A ""big"" dog,\nasleep."\nb.jpg,A cat.\n'),
        (
            "rows.jsonl",
            '{"file_name": "a.jpg", "text": "A \\"big\\" dog,\\nasleep."}\n{"file_name": "b.jpg", "text": ["A cat."]}',
        ),
    ],
)
def test_dialects(pictures, write, name, text):
    corpus = read_corpus(write(name, text))
    assert texts(corpus) == {"a.jpg#0": 'A "big" dog,\nasleep.', "b.jpg#0": "A cat."}


def test_parquet_with_lists_and_typed_columns(pictures):
    table = pa.table(
        {"image": ["a.jpg", "b.jpg"], "captions": [["A dog.", "Dog."], ["A cat."]], "price": [1.5, float("nan")]}
    )
    pq.write_table(table, pictures / "rows.parquet")
    corpus = read_corpus(pictures / "rows.parquet")
    assert corpus.sentence_texts == ["A dog.", "Dog.", "A cat."]
    assert corpus.images.column("price").to_pylist() == [1.5, None]


def test_a_broken_parquet_file_is_named(pictures, write):
    with pytest.raises(TwobranchError, match=r"rows.parquet: must be a Parquet file"):
        read_corpus(write("rows.parquet", "PAR1 or not"))


def test_several_sentence_columns_and_empty_cells(pictures, write):
    text = "file,caption_1,caption_2,caption 3\na.jpg,One,Two,Three\nb.jpg,,Only,\n"
    corpus = read_corpus(write("captions.csv", text))
    assert texts(corpus) == {"a.jpg#0": "One", "a.jpg#1": "Two", "a.jpg#2": "Three", "b.jpg#0": "Only"}
    assert any(note.startswith("2 empty cells") for note in corpus.notes)


def test_a_row_of_empty_sentence_cells_is_broken(pictures, write):
    path = write("captions.csv", "file,caption_1,caption_2\na.jpg,One,Two\nb.jpg,,\n")
    with pytest.raises(TwobranchError, match=r"captions.csv, row 3, column 'caption_1\+caption_2'"):
        read_corpus(path)


def test_the_choice_of_columns_is_said(pictures, write):
    corpus = read_corpus(
        write("rows.csv", "path,text,caption,subset,person_id,year\na.jpg,Other,A dog.,train,7,1999\n")
    )
    notes = " ".join(corpus.notes)
    assert "columns: image=path, sentence=caption, split=subset, group=person_id" in notes
    assert "named like sentence too, but not read as it (--columns says otherwise): text" in notes
    assert "metadata columns: text, year" in notes
    assert corpus.images.column("group").to_pylist() == ["7"]


def test_columns_can_be_named(pictures, write):
    path = write("rows.csv", "which,words,more words,image,part\na.jpg,One,Two,zzz,train\n")
    columns = {"image": "which", "sentence": "words+more words", "split": "part"}
    corpus = read_corpus(path, columns=columns)
    assert corpus.sentence_texts == ["One", "Two"]
    assert corpus.split_names == ["train"]
    assert corpus.metadata_columns == ["image"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"image": "fiel"}, r'--columns image=fiel: must be a column of rows.csv.*Did you mean "file"'),
        ({"sentense": "words"}, r'--columns sentense=words: must name a role.*Did you mean "sentence"'),
        ({}, r"rows.csv: a column must name the sentence.*file, words.*--columns sentence=NAME"),
    ],
)
def test_wrong_columns_are_answered_with_the_right_ones(pictures, write, columns, message):
    with pytest.raises(TwobranchError, match=message):
        read_corpus(write("rows.csv", "file,words\na.jpg,A dog.\n"), columns=columns)


def test_metadata_of_text_tables_is_typed(pictures, write):
    text = (
        "image,caption,year,price,zip,open,tag\na.jpg,A dog.,1999,1e3,01234,true,x\nb.jpg,A cat.,,2.5,99999,False,1\n"
    )
    images = read_corpus(write("rows.csv", text)).images
    assert images.select(["year", "price", "zip", "open", "tag"]).to_pylist() == [
        {"year": 1999, "price": 1000.0, "zip": "01234", "open": True, "tag": "x"},
        {"year": None, "price": 2.5, "zip": "99999", "open": False, "tag": "1"},
    ]


BROKEN_CSV = {
    "too few fields": ("c.jpg", "row 3: a row has 2 fields, as the header has, but found 1"),
    "too many fields": ("c.jpg,A dog, asleep", "row 3: a row has 2 fields.*found 3.*double quotes"),
    "empty sentence": ("c.jpg, ", "row 3, column 'caption': a row has a sentence, but found an empty cell"),
    "no image": (",A dog.", "row 3, column 'image': a row names an image by its path, but found None"),
    "open quote": ('c.jpg,"A dog.', "row 3: a field that begins with a double quote ends with one"),
    "stray quote": ('c.jpg,"A" dog.', "row 3: a field that begins with a double quote ends with one"),
    "not UTF-8": (b"c.jpg,caf\xe9", r"row 3: text is in UTF-8, but found the bytes b'\\xe9' after 9 good ones"),
    "path escapes": ("../../etc/passwd,A dog.", "row 3: a relative image path stays inside the images folder"),
}


@pytest.mark.parametrize("case", BROKEN_CSV)
def test_a_broken_row_is_named_or_skipped(pictures, case):
    line, message = BROKEN_CSV[case]
    line = line if isinstance(line, bytes) else line.encode()
    path = pictures / "captions.csv"
    path.write_bytes(b"image,caption\na.jpg,A dog.\n" + line + b"\nb.jpg,A cat.\n")
    with pytest.raises(TwobranchError, match=rf"captions.csv, {message}.*--skip-bad-rows"):
        read_corpus(path)
    corpus = read_corpus(path, skip_bad_rows=True)
    assert corpus.image_ids == ["a.jpg", "b.jpg"]
    assert [problem.split(",")[1].split(":")[0] for problem in corpus.problems] == [" row 3"]


BROKEN_JSONL = {
    "cut off": ('{"image": "b.jpg"', "a line is one JSON object"),
    "not an object": ("[1]", "a line is one JSON object, but found a list"),
    "no image": ('{"sentences": ["A dog."]}', "column 'image': a row names an image"),
    "number as image": ('{"image": 7, "sentences": ["A dog."]}', "column 'image'.*found 7"),
    "no sentence": ('{"image": "b.jpg", "sentences": []}', "column 'sentences': a row has a sentence.*empty list"),
    "empty sentence": ('{"image": "b.jpg", "sentences": ["x", ""]}', "column 'sentences': a sentence has at least"),
    "number as sentence": (
        '{"image": "b.jpg", "sentences": [7]}',
        "column 'sentences': a sentence is text.*found 7",
    ),
    "half a character": ('{"image": "b.jpg", "sentences": ["\\ud83d"]}', "a line is one JSON object.*surrogates"),
    "nested without end": ("[" * 100_000, "a line is one JSON object"),
    "a folder as value": (("image", {"bytes": "x" * 999}), "names an image by its path, but found .{200}[.]{3}"),
    "NaN": ('{"image": "b.jpg", "sentences": ["x"], "score": NaN}', "one JSON object, but found NaN"),
    "span outside": (
        ("phrases", [{"sentence": 0, "start": 0, "end": 99}]),
        "phrase 0.*<= 6.*start 0, end 99",
    ),
    "box turned": (("phrases", [{"sentence": 0, "start": 0, "end": 1, "boxes": [[5, 0, 5, 1]]}]), "phrase 0, box 0"),
    "box of three": (("phrases", [{"sentence": 0, "start": 0, "end": 1, "boxes": [[5, 0, 5]]}]), "box 0.*four numbers"),
    "no end": (
        ("phrases", [{"sentence": 0, "start": 0}]),
        "phrase 0, key 'end': must be a whole number",
    ),
    "phrase as text": (("phrases", ["dog"]), "phrase 0: a phrase is an object"),
    "types of numbers": (
        ("phrases", [{"sentence": 0, "start": 0, "end": 1, "types": [1]}]),
        "key 'types': types are text",
    ),
}


@pytest.mark.parametrize("case", BROKEN_JSONL)
def test_a_broken_object_is_named_or_skipped(pictures, write, case):
    line, message = BROKEN_JSONL[case]
    if isinstance(line, tuple):
        line = json.dumps({"image": "b.jpg", "sentences": ["A dog."], line[0]: line[1]})
    path = write("scenes.jsonl", f'{{"image": "a.jpg", "sentences": ["A dog."]}}\n{line}\n')
    with pytest.raises(TwobranchError, match=f"scenes.jsonl, row 2.*{message}"):
        read_corpus(path)
    assert read_corpus(path, skip_bad_rows=True).image_ids == ["a.jpg"]


def test_skipping_reads_every_good_row_around_bad_ones(pictures, write):
    rows = [f"a.jpg,sentence {n}" if n % 3 else f'a.jpg,"open {n}' for n in range(30)]
    corpus = read_corpus(write("captions.csv", "image,caption\n" + "\n".join(rows)), skip_bad_rows=True)
    assert corpus.sentence_texts == [f"sentence {n}" for n in range(30) if n % 3]
    assert len(corpus.problems) == 10


@pytest.mark.parametrize("folder", ["", "images", "Images"])
def test_the_images_folder_is_found_and_said(draw, write, folder):
    draw(f"{folder}/a.jpg" if folder else "a.jpg")
    corpus = read_corpus(write("captions.csv", GOOD))
    assert corpus.image_ids == ["a.jpg", "b.jpg"]
    assert corpus.images.column("bytes").to_pylist()[0] > 0
    assert any("1 of the first 2 named there exist" in note for note in corpus.notes)


def test_the_images_folder_can_be_named(draw, write):
    folder = draw("a.jpg", "far/away/a.jpg", "far/away/b.jpg")
    corpus = read_corpus(write("captions.csv", GOOD), images=folder / "far" / "away")
    assert len(corpus.existing()[0].image_ids) == 2
    with pytest.raises(TwobranchError, match=r"--images .*nowhere: must be a folder"):
        read_corpus(folder / "captions.csv", images=folder / "nowhere")


def test_a_repeated_column_is_refused(pictures, write):
    with pytest.raises(TwobranchError, match="row 1: column names are different, but found image"):
        read_corpus(write("captions.csv", "image,image,caption\na.jpg,b.jpg,A dog.\n"))


@pytest.mark.parametrize("text", ["", "\n\n", "image,caption\n"])
def test_a_table_without_rows_is_refused(pictures, write, text):
    with pytest.raises(TwobranchError, match=r"captions\.csv"):
        read_corpus(write("captions.csv", text))
