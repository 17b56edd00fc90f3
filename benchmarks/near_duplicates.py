"""How many changed copies of photographs `twobranch check` finds, and what it takes for copies that is none.

    python benchmarks/near_duplicates.py $FLICKR8K/images [--sample 500] [--seed 0]

Each photograph of a sample is changed in one way after the other, saved as JPEG, and compared with its original. Then
all photographs are compared with one another: the pairs that are reported are listed, to be looked at.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from twobranch.corpus.near_duplicates import DISTANCE, LIKENESS, likeness, near_duplicates, perceptual_hashes
from twobranch.corpus.pictures import examine_picture, examine_pictures

Change = Callable[[Image.Image], Image.Image]


def cropped(part: float, left: int = 1, top: int = 1, right: int = 1, bottom: int = 1) -> Change:
    def crop(picture: Image.Image) -> Image.Image:
        w, h = picture.size
        return picture.crop(
            (round(w * part * left), round(h * part * top), round(w - w * part * right), round(h - h * part * bottom))
        )

    return crop


CHANGES: dict[str, tuple[Change, int]] = {
    "saved at quality 30": (lambda picture: picture, 30),
    "saved at quality 10": (lambda picture: picture, 10),
    "half the size": (lambda picture: picture.resize((picture.width // 2, picture.height // 2)), 80),
    "another aspect ratio, 300 x 200": (lambda picture: picture.resize((300, 200)), 80),
    "brighter by a quarter": (lambda picture: ImageEnhance.Brightness(picture).enhance(1.25), 80),
    "2 % cut off at each side": (cropped(0.02), 80),
    "5 % cut off at each side": (cropped(0.05), 80),
    "5 % cut off at one corner": (cropped(0.05, right=0, bottom=0), 80),
    "8 % cut off at the left": (cropped(0.08, top=0, right=0, bottom=0), 80),
    "8 % cut off at each side": (cropped(0.08), 80),
    "mirrored": (ImageOps.mirror, 80),
    "gray": (ImageOps.grayscale, 80),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sample", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    paths = [str(path) for path in sorted(arguments.folder.iterdir())]
    seen = [(path, picture) for path, picture in zip(paths, examine_pictures(paths), strict=True) if picture.size]
    paths = [path for path, _ in seen]
    thumbnails = np.stack([picture.pixels for _, picture in seen])
    hashes = perceptual_hashes(thumbnails)
    sample = np.random.default_rng(arguments.seed).permutation(len(paths))[: arguments.sample]
    with tempfile.TemporaryDirectory() as folder:
        for name, (change, quality) in CHANGES.items():
            found = 0
            for row in sample:
                with Image.open(paths[row]) as picture:
                    change(picture.convert("RGB")).save(f"{folder}/copy.jpg", quality=quality)
                copy = examine_picture(f"{folder}/copy.jpg").pixels
                near = np.bitwise_count(hashes[row] ^ perceptual_hashes(copy[None])[0]) <= DISTANCE
                found += bool(near and likeness(thumbnails[row], copy) >= LIKENESS)
            print(f"{name}: {100 * found / len(sample):.1f} % of {len(sample)} found", flush=True)
    pairs = near_duplicates(thumbnails)
    print(f"among {len(paths):,} photographs {len(pairs)} pairs are reported")
    for one, other, alike in pairs:
        print(f"  {Path(paths[one]).name} ~ {Path(paths[other]).name}, {alike:.3f}")


if __name__ == "__main__":
    main()
