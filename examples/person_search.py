"""Person search: find all pictures of somebody by a description. An identity is a group of pictures and sentences.

python examples/person_search.py              # characters that twobranch draws itself
python examples/person_search.py CUHK-PEDES/  # a folder with reid_raw.json and imgs/; ICFG-PEDES and RSTPReid alike

Any corpus with a column `group` will do. A matching pair is any picture of a person with any description of that
person; in training, two pictures of one person are never negatives of each other's sentences.
"""

import sys
import tempfile
from pathlib import Path

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_identities
from twobranch.evaluation.person_search import evaluate_person_search
from twobranch.features.corpus_features import corpus_features


def main(data: Path, out: Path, settings: list[str]) -> None:
    """Train on `data`, measure on its test persons, search; everything is written into `out`."""
    corpus = twobranch.read_corpus(data)
    print(corpus.summary())
    matcher = twobranch.fit(corpus, "person-search", out=out / "run", settings=settings)

    test = corpus.split("test")
    features = corpus_features(test, matcher.image_encoder, matcher.views, matcher.sentence_encoder, matcher.cache)
    measured = evaluate_person_search(matcher, features, split="test")
    print(f"{measured['identities']} persons in {measured['images']} pictures, {measured['sentences']} descriptions")
    for name in ("Rank-1", "Rank-5", "Rank-10", "mAP", "mINP"):
        low, high = measured["interval"][name]
        print(f"{name:8} {measured[name]:5.1f}  ({low:.1f} to {high:.1f})")
    print(f"Rank-1 of a random order: {measured['chance']['Rank-1']:.1f}")

    description = test.sentence_texts[0]
    scores = matcher.score(test.image_paths, [description])[:, 0]
    print(f'\n"{description}"')
    for row in (-scores).argsort()[:4]:
        hit = "the person" if test.image_groups[row] == test.sentence_groups[0] else "somebody else"
        print(f"  {scores[row]:.3f}  {test.image_ids[row]}  {hit}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            main(Path(sys.argv[1]), Path(folder), [])
        else:
            write_emoji_identities(Path(folder) / "people", identities=(100, 20, 40))
            small = ["model.image.encoder=efficientnet-lite0", "stages.0.length=60"]
            main(Path(folder) / "people", Path(folder), small)
