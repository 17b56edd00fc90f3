"""Training encoders, too: branches on frozen features first, then the image network with them, from pixels.

python examples/end_to_end.py                  # emoji scenes that twobranch draws itself
python examples/end_to_end.py captions.csv     # your own images and sentences

A stage whose input enters at the encoder makes the encoder a part that its steps may train: `pixels` cuts and mirrors
the pictures at random, `tokens` is what a sentence network reads. A batch may be larger than memory allows for the
network's inner state, which is computed again when its gradient is. Afterwards the trained encoder is one like any
other: its features are cached, an index is built with it, and the matcher folder holds its weights.
"""

import sys
import tempfile
from pathlib import Path

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_scenes

ROWS = {
    "end-to-end/frozen": "the same two stages on frozen features",
    "end-to-end/fine-tuned": "the image network is trained in the second stage",
}


def main(data: Path, out: Path, settings: list[str]) -> None:
    """Train each row on `data`; everything is written into `out`."""
    corpus = twobranch.read_corpus(data)
    print(corpus.summary())
    for name, what in ROWS.items():
        matcher = twobranch.fit(corpus, name, out=out / name, settings=settings)
        rsum = matcher.provenance.metrics["val"]["rsum"]
        print(f"\n{name}: {what}; val rsum {rsum:.1f}")
        for path in sorted((out / name / "model").rglob("*.safetensors")):
            print(f"  {path.relative_to(out / name)}: {path.stat().st_size / 1e6:.1f} MB")
        print(f"  image encoder {matcher.image_encoder.identity[:16]}, tuned: {matcher.image_encoder.is_tuned}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            main(Path(sys.argv[1]), Path(folder), settings=[])
        else:
            write_emoji_scenes(Path(folder) / "scenes", scenes=200)
            quick = ["stages.branches.epochs=10", "stages.branches.at_least=0", "stages.all.sampler.images=40"]
            main(Path(folder) / "scenes", Path(folder), quick)
