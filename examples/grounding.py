"""Regions and phrases (Wang, Li, Huang, Lazebnik, TPAMI 2019): find in a picture what a phrase names.

python examples/grounding.py                  # emoji scenes that twobranch draws itself
python examples/grounding.py corpus.jsonl     # your own images, sentences, phrases and boxes

Two networks of the paper and one loss of our own are trained on the same regions; one picture is grounded and drawn.
"""

import sys
import tempfile
from pathlib import Path

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_scenes
from twobranch.evaluation.localize import evaluate_localization
from twobranch.features.decoding import decode_image
from twobranch.matcher.grounding import ground
from twobranch.regions.drawing import DrawnBox, draw_boxes
from twobranch.regions.noun_phrases import noun_phrases
from twobranch.training.encoding import Place, encode_corpus
from twobranch.training.recipes import load_recipe
from twobranch.training.run import Run
from twobranch.training.tasks import task_of
from twobranch.training.train import train_matcher

ROWS = ("regions/embedding", "regions/similarity", "regions/softmax")
QUICK = (
    "model.image.encoder={encoder: efficientnet-lite0, size: 256}",
    # One run of selective search in place of three, and no typical boxes: the objects of scenes are small.
    "model.regions.proposals={proposals: selective-search, budget: 60, passes: [{side: 192, grain: 200}]}",
)


def main(data: Path, out: Path, settings: list[str]) -> None:
    """Train each row on `data`; everything is written into `out`."""
    corpus = twobranch.read_corpus(data)
    print(corpus.summary())
    # One set of grids, proposals and phrase features serves all rows.
    encoded = encode_corpus(corpus, load_recipe(ROWS[0], settings).model, Place())
    print(f"\n{'on val':32}{'R@1':>8}{'R@5':>8}{'R@10':>8}")
    for name in ROWS:
        recipe = load_recipe(name, settings)
        trained = train_matcher(recipe, encoded, Run(out / name))
        metrics = evaluate_localization(trained.matcher, encoded.val, split="val")
        print(_line(name, metrics))
    print(_line("any right proposal", dict.fromkeys(("R@1", "R@5", "R@10"), metrics["upper_bound"])))
    print(f"{'the whole image':32}{metrics['baselines']['whole image']['R@1']:8.1f}")

    # A probability needs a calibration, which `twobranch.fit` makes by itself.
    matcher, _ = task_of(recipe).calibrated(trained.matcher, encoded, recipe.seed)
    val = corpus.split("val")
    picture, sentence = val.image_paths[0], val.sentence_texts[0]
    print(f"\n{sentence}")
    found = ground(matcher, picture, [phrase.text for phrase in noun_phrases(sentence)])
    for (best,) in found:
        print(f"{best.phrase:32}{best.probability:8.2f}  {[round(side) for side in best.box]}")
    drawn = draw_boxes(decode_image(picture), [DrawnBox(one.box, one.phrase, one.probability) for (one,) in found])
    drawn.save(out / "found.png")


def _line(name: str, metrics: dict) -> str:
    return f"{name:32}{metrics['R@1']:8.1f}{metrics['R@5']:8.1f}{metrics['R@10']:8.1f}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            main(Path(sys.argv[1]), Path(folder), settings=[])
        else:
            write_emoji_scenes(Path(folder) / "scenes", scenes=600)
            main(Path(folder) / "scenes", Path(folder), settings=list(QUICK))
