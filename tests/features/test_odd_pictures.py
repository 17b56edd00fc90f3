"""Pictures as cameras, browsers and strangers write them: decoded as they are seen, or one error."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.mutations import CASES, MANY, mutated, refused
from twobranch.corpus import contents, pictures
from twobranch.corpus.pictures import examine_picture
from twobranch.errors import TwobranchError
from twobranch.features.decoding import decode_image, image_size
from twobranch.features.digests import content_digest
from twobranch.search.thumbnails import make_thumbnail


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8))
KINDS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "JPEG2000", "AVIF", "TGA", "ICO")
FILES = {kind: encoded(NOISE, kind) for kind in KINDS}


def look_at(path: Path) -> None:
    """Everything that is done with picture files; every other exception than TwobranchError comes through."""
    found = examine_picture(str(path))
    found.message.encode()
    for use in (decode_image, image_size, make_thumbnail):
        try:
            use(path)
        except TwobranchError as error:
            refused(error, str(path))


@pytest.mark.parametrize("kind", KINDS)
@CASES
@given(chance=st.data())
def test_damaged_pictures(kind, chance, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    path.write_bytes(chance.draw(mutated(FILES[kind])))
    look_at(path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@MANY
@given(chance=st.data())
def test_damaged_pictures_for_long(kind, chance, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    path.write_bytes(chance.draw(mutated(FILES[kind])))
    look_at(path)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_counts(kind):
    frames = [Image.new("RGB", (8, 6), color) for color in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)
    assert Image.open(io.BytesIO(data)).n_frames == 3
    red, green, blue = decode_image(data).getpixel((4, 3))
    assert red > 200 > 60 > max(green, blue)


def with_orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


CORNERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)  # red, green; blue, white
TURNED = {1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB"}


@pytest.mark.parametrize("orientation", TURNED)
def test_every_exif_orientation(orientation):
    data = encoded(Image.fromarray(CORNERS), "PNG", exif=with_orientation(orientation))
    names = {(255, 0, 0): "R", (0, 255, 0): "G", (0, 0, 255): "B", (255, 255, 255): "W"}
    upright = decode_image(data)
    assert "".join(names[upright.getpixel((x, y))] for y in range(2) for x in range(2)) == TURNED[orientation]


@pytest.mark.parametrize(
    "exif", [b"", b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0MMxx" + b"\xff" * 40, with_orientation(6)[:-7], b"rubbish"]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_damaged_exif_data_spoils_no_picture(kind, exif, tmp_path):
    path = tmp_path / f"a.{kind}"
    path.write_bytes(encoded(NOISE, kind, exif=exif))
    assert decode_image(path).size == image_size(path) == examine_picture(str(path)).size == (50, 40)
    assert examine_picture(str(path)).defect is None
    assert make_thumbnail(path).width == 50


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_hundred_megapixels_are_decoded_without_a_warning(kind, tmp_path):
    path = tmp_path / "large.img"
    Image.new("L", (10_000, 10_000), 77).save(path, kind)
    program = "import sys; from twobranch.features.decoding import decode_image as d; p = d(sys.argv[1], min_side=224)"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; print(p.size, p.getpixel((0, 0)))", path], capture_output=True, text=True
    )
    assert done.stdout == f"{(1250, 1250) if kind == 'JPEG' else (10_000, 10_000)} (77, 77, 77)\n"
    assert done.stderr == ""


def test_a_bomb_is_a_corrupt_image_to_the_doctor(tmp_path):
    from tests.features.test_decoding import png_that_claims

    path = tmp_path / "bomb.png"
    path.write_bytes(png_that_claims(60_000, 60_000))
    found = examine_picture(str(path))
    assert found.defect == "corrupt"
    assert "decompression bomb" in found.message


def test_a_bomb_of_text_in_a_picture(tmp_path):
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_text("comment", "x" * 300_000_000, zip=True)
    path = tmp_path / "text.png"
    path.write_bytes(encoded(NOISE, "PNG", pnginfo=text))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(TwobranchError, match=r"text\.png: must be a whole, readable picture"):
        decode_image(path)
    assert examine_picture(str(path)).defect == "corrupt"


def test_programs_are_no_pictures(tmp_path, monkeypatch):
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(NOISE, "EPS"))
    monkeypatch.setattr("subprocess.check_call", lambda *_, **__: pytest.fail("Ghostscript was called"))
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_, **__: pytest.fail("Ghostscript was called"))
    with pytest.raises(TwobranchError, match=r"a\.jpg: must be a picture: JPEG, PNG"):
        decode_image(path)
    assert examine_picture(str(path)).defect == "corrupt"


def test_a_file_beyond_all_pictures_is_not_read(tmp_path, monkeypatch):
    for module in (contents, pictures):
        monkeypatch.setattr(module, "MAX_BYTES", 100)
    path = tmp_path / "a.png"
    path.write_bytes(encoded(NOISE, "PNG"))
    with pytest.raises(TwobranchError, match=r"a\.png: a picture has at most 100 bytes, but found 6,"):
        decode_image(path)
    assert examine_picture(str(path)).defect == "corrupt"


def test_a_pipe_and_a_name_with_a_byte_zero_are_no_files(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    for path in (tmp_path / "a.png", "a\0b.png"):
        with pytest.raises(TwobranchError, match="a picture must be a readable file"):
            decode_image(path)
    with pytest.raises(TwobranchError, match="a picture must be a readable file"):
        content_digest("a\0b.png")


def test_a_picture_of_the_caller_is_left_as_it_is():
    picture = Image.new("RGB", (8, 8))
    assert decode_image(picture) is not picture
