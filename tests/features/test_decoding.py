"""Every kind of picture decodes to upright 8-bit RGB; every kind of damage is one clear error."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from twobranch.errors import TwobranchError
from twobranch.features import decoding
from twobranch.features.decoding import decode_image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def pixel(image: Image.Image, x: int = 0, y: int = 0) -> tuple[int, ...]:
    value = image.getpixel((x, y))
    assert isinstance(value, tuple)
    return value


def test_cmyk_jpeg_has_the_colors_of_its_rgb() -> None:
    red = Image.new("RGB", (16, 16), (200, 30, 40))
    decoded = decode_image(encoded(red.convert("CMYK"), "JPEG", quality=95))
    assert decoded.mode == "RGB"
    assert np.abs(np.array(pixel(decoded, 8, 8)) - (200, 30, 40)).max() <= 6


def test_sixteen_bit_gray_is_scaled_not_clipped() -> None:
    values = np.array([[0, 257, 128 * 257, 65535]], np.uint16)
    decoded = decode_image(encoded(Image.fromarray(values), "PNG"))
    assert [pixel(decoded, x)[0] for x in range(4)] == [0, 1, 128, 255]


def test_dark_sixteen_bit_gray_stays_dark() -> None:
    decoded = decode_image(encoded(Image.fromarray(np.full((2, 2), 200, np.uint16)), "PNG"))
    assert pixel(decoded) == (1, 1, 1)


def test_float_tiff() -> None:
    decoded = decode_image(encoded(Image.fromarray(np.array([[0.0, 0.5, 1.0]], np.float32)), "TIFF"))
    assert [pixel(decoded, x)[0] for x in range(3)] == [0, 128, 255]


def test_palette_with_transparency_lies_on_white() -> None:
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.putpixel((1, 0), 1)
    decoded = decode_image(encoded(palette, "PNG", transparency=0))
    assert pixel(decoded, 0) == (255, 255, 255)
    assert pixel(decoded, 1) == (200, 100, 50)


def test_half_transparent_black_is_gray() -> None:
    decoded = decode_image(encoded(Image.new("RGBA", (1, 1), (0, 0, 0, 128)), "PNG"))
    assert pixel(decoded) == (127, 127, 127)


def test_exif_orientation_is_applied() -> None:
    image = Image.new("RGB", (40, 20), "white")
    image.paste((0, 0, 0), (0, 0, 8, 8))  # marks the top left corner
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    decoded = decode_image(encoded(image, "JPEG", exif=exif, quality=95))
    assert decoded.size == (20, 40)
    assert max(pixel(decoded, 17, 2)) < 40 < 200 < min(pixel(decoded, 2, 2))


def test_draft_halves_a_large_jpeg_but_not_below_the_needed_side() -> None:
    data = encoded(Image.new("RGB", (1000, 800), "green"), "JPEG")
    assert decode_image(data).size == (1000, 800)
    assert decode_image(data, min_side=400).size == (500, 400)
    assert decode_image(data, min_side=401).size == (1000, 800)
    assert decode_image(data, min_side=100).size == (125, 100)


def test_arrays_and_images_pass() -> None:
    gray = np.full((3, 5), 7, np.uint8)
    assert decode_image(gray).size == (5, 3)
    assert pixel(decode_image(gray[:, :, None])) == (7, 7, 7)
    assert pixel(decode_image(Image.fromarray(gray))) == (7, 7, 7)
    assert pixel(decode_image(np.zeros((2, 2, 4), np.uint8))) == (255, 255, 255)


@pytest.mark.parametrize("array", [np.zeros((2, 2, 3)), np.zeros((2, 2, 2), np.uint8), np.zeros((0, 2, 3), np.uint8)])
def test_an_array_of_another_kind_is_refused(array: np.ndarray) -> None:
    with pytest.raises(TwobranchError, match="uint8"):
        decode_image(array)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF"])
def test_a_truncated_file_is_an_error(kind: str, tmp_path: Path) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), dtype=np.uint8))
    data = encoded(noise, kind)
    path = tmp_path / "cut.img"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(TwobranchError, match=r"cut\.img"):
        decode_image(path)


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"")
    with pytest.raises(TwobranchError, match="an empty file"):
        decode_image(tmp_path / "a.jpg")


def test_text_named_jpg_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("<html>404</html>")
    with pytest.raises(TwobranchError, match=r"a\.jpg: must be a picture"):
        decode_image(tmp_path / "a.jpg")


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jpg", tmp_path):
        with pytest.raises(TwobranchError, match="readable file"):
            decode_image(path)


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused_before_it_unfolds() -> None:
    with pytest.raises(TwobranchError, match="at most"):
        decode_image(png_that_claims(60_000, 60_000))


def test_the_limit_is_our_own_and_holds_for_images_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MAX_PIXELS", 100)
    with pytest.raises(TwobranchError, match="11 x 10 pixels"):
        decode_image(Image.new("RGB", (11, 10)))
    assert decode_image(Image.new("RGB", (10, 10))).size == (10, 10)
