import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from twobranch.corpus.doctor import diagnose
from twobranch.corpus.near_duplicates import SIDE, close_pairs, likeness, near_duplicates, perceptual_hashes
from twobranch.corpus.pictures import examine_picture
from twobranch.corpus.reading import ReadOptions


def painted(seed, *, moved=0, tint=(200, 40, 40)):
    """A picture of 320 x 240: a sky, a ground, some things, and one thing that can be moved or tinted."""
    random = np.random.default_rng(seed)
    sky, ground = random.integers(40, 250, (2, 3)).tolist()
    picture = Image.new("RGB", (320, 240), tuple(sky))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, int(random.integers(90, 170)), 320, 240), tuple(ground))
    for _ in range(14):
        x, y, w, h = (int(value) for value in random.integers((0, 0, 15, 15), (300, 220, 90, 90)))
        draw.ellipse((x, y, x + w, y + h), tuple(random.integers(0, 255, 3).tolist()))
    draw.rectangle((60 + moved, 50, 180 + moved, 190), tint)
    return picture


def thumbnail(picture, tmp_path, name="a.png", **options):
    picture.save(tmp_path / name, **options)
    return examine_picture(str(tmp_path / name)).pixels


def cropped(picture, part, sides=(1, 1, 1, 1)):
    w, h = picture.size
    left, top, right, bottom = (part * side for side in sides)
    return picture.crop((round(w * left), round(h * top), round(w * (1 - right)), round(h * (1 - bottom))))


COPIES = {
    "smaller": lambda picture: picture.resize((160, 120)),
    "larger": lambda picture: picture.resize((800, 600)),
    "squashed": lambda picture: picture.resize((224, 224)),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.15),
    "cropped by 3 %": lambda picture: cropped(picture, 0.03),
    "cropped by 5 % at one side": lambda picture: cropped(picture, 0.05, (1, 0, 0, 0)),
}


@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("seed", range(3))
def test_a_changed_copy_is_found_among_other_pictures(tmp_path, change, seed):
    others = [thumbnail(painted(100 + number), tmp_path) for number in range(20)]
    pair = [thumbnail(painted(seed), tmp_path), thumbnail(change(painted(seed)), tmp_path, "b.jpg", quality=70)]
    assert [found[:2] for found in near_duplicates(np.stack(others + pair))] == [(20, 21)]


@pytest.mark.parametrize("quality", [10, 30, 95])
def test_a_recompressed_copy_is_found(tmp_path, quality):
    pair = [
        thumbnail(painted(0), tmp_path, "a.jpg", quality=quality),
        thumbnail(painted(0), tmp_path, "b.webp", quality=90),
    ]
    assert near_duplicates(np.stack(pair))[0][:2] == (0, 1)


@pytest.mark.parametrize(
    "similar",
    [painted(1, moved=60), painted(1, tint=(40, 60, 210)), painted(2), ImageOps.mirror(painted(1))],
    ids=["the thing has moved", "the thing has another color", "another picture", "the mirrored picture"],
)
def test_what_is_merely_similar_is_not_reported(tmp_path, similar):
    pair = [thumbnail(painted(1), tmp_path), thumbnail(similar, tmp_path)]
    assert near_duplicates(np.stack(pair)) == []


def test_pictures_that_show_nothing_are_not_compared():
    flat = np.full((3, SIDE, SIDE, 3), 255, np.uint8)
    flat[1, 0, 0] = 254
    assert near_duplicates(flat) == []


def test_many_copies_are_not_all_compared_with_one_another():
    copies = np.zeros(1000, np.uint64)
    pairs = close_pairs(copies)
    assert len(pairs) < 5 * len(copies)
    assert set(pairs.ravel().tolist()) == set(range(1000))


def test_close_pairs_are_those_of_the_double_loop():
    random = np.random.default_rng(0)
    hashes = random.integers(0, 2**63, 40).astype(np.uint64)
    hashes[10:20] = hashes[:10] ^ np.uint64(0b1011)
    expected = [
        [i, j] for i in range(40) for j in range(i + 1, 40) if (int(hashes[i]) ^ int(hashes[j])).bit_count() <= 3
    ]
    assert close_pairs(hashes, 3).tolist() == expected
    assert len(expected) >= 10


def test_a_hash_survives_brightness_and_likeness_is_symmetric(tmp_path):
    one, other = (thumbnail(painted(seed), tmp_path) for seed in (0, 1))
    darker = (one * 0.8).astype(np.uint8)
    hashes = perceptual_hashes(np.stack([one, darker, other]))
    assert (int(hashes[0]) ^ int(hashes[1])).bit_count() <= 2
    assert (int(hashes[0]) ^ int(hashes[2])).bit_count() > 14
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == pytest.approx(1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_thumbnails_are_upright(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.png"
    painted(3).save(path, exif=exif)
    with Image.open(path) as stored:
        upright = thumbnail(ImageOps.exif_transpose(stored), tmp_path, "upright.png")
    assert likeness(examine_picture(str(path)).pixels, upright) > 0.99


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1", "I;16"])
def test_every_mode_has_a_thumbnail(tmp_path, mode):
    picture = painted(3)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture.convert("L"), np.uint16) * 200)
    seen = thumbnail(picture.convert(mode), tmp_path, "a.tiff")
    gray = thumbnail(painted(3).convert("L"), tmp_path, "b.png")
    luminance = seen @ np.array([0.299, 0.587, 0.114])
    assert np.corrcoef(luminance.ravel(), gray[..., 0].ravel())[0, 1] > 0.9


def test_transparency_is_white(tmp_path):
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    assert thumbnail(clear, tmp_path).min() == 255


HEADER = "image,caption,split,group\n"


@pytest.fixture
def series(tmp_path, write):
    """b.jpg is a copy of a.jpg, c.jpg is not."""
    painted(0).save(tmp_path / "a.jpg")
    cropped(painted(0), 0.02).resize((200, 160)).save(tmp_path / "b.jpg", quality=60)
    painted(1).save(tmp_path / "c.jpg")

    def table(*rows):
        return write("captions.csv", HEADER + "\n".join(rows))

    return table


def codes(data):
    return {finding.code: finding for finding in diagnose(data, ReadOptions()).findings}


def test_near_duplicates_across_splits_are_leakage(series):
    found = codes(series("a.jpg,One,train,", "b.jpg,Two,test,", "c.jpg,Three,val,"))
    assert found["near-leaking-images"].examples == ("a.jpg (train) ~ b.jpg (test)",)
    assert found["near-leaking-images"].severity == "warning"
    assert found["near-leaking-images"].cases[0].images == ("a.jpg", "b.jpg")
    assert "near-duplicate-images" not in found


def test_near_duplicates_inside_a_split_are_a_note_and_in_one_group_nothing(series):
    found = codes(series("a.jpg,One,train,", "b.jpg,Two,train,", "c.jpg,Three,val,"))
    assert found["near-duplicate-images"].severity == "note"
    assert "near-leaking-images" not in found
    found = codes(series("a.jpg,One,train,g", "b.jpg,Two,train,g", "c.jpg,Three,val,"))
    assert not {"near-duplicate-images", "near-leaking-images"} & set(found)


def test_exact_copies_join_the_near_ones(series, tmp_path):
    (tmp_path / "d.jpg").write_bytes((tmp_path / "b.jpg").read_bytes())
    found = codes(series("a.jpg,One,train,", "b.jpg,Two,train,", "c.jpg,Three,val,", "d.jpg,Four,test,"))
    assert found["leaking-images"].examples == ("b.jpg (train) = d.jpg (test)",)
    assert found["near-leaking-images"].examples == ("a.jpg (train) ~ b.jpg (train) ~ d.jpg (test)",)
