"""What identities are worth: person search after a training that knows them, and after one that knows only images.

    python benchmarks/person_search.py DIR [--recipe person-search] [--set key=value]... [--seed 0]

Writes the identity variant of the embedded corpus into DIR, trains the recipe twice, once with one group per identity
and once with one group per image, and searches the test identities with both. The line `chance` is a random order.
"""

import argparse
import json
from pathlib import Path

import twobranch
from twobranch.corpus.emoji_scenes import write_emoji_identities
from twobranch.evaluation.person_search import evaluate_person_search
from twobranch.features.corpus_features import corpus_features
from twobranch.files import write_json

METRICS = ("Rank-1", "Rank-5", "Rank-10", "mAP", "mINP")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--recipe", default="person-search")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int)
    options = parser.parse_args()
    data = options.folder / "identities"
    if not data.exists():
        write_emoji_identities(data)
    corpora = {"identities": twobranch.read_corpus(data), "images": twobranch.read_corpus(_without_groups(data))}
    settings = [*options.settings, f"seed={options.seed}"]
    documents = {}
    for groups, corpus in corpora.items():
        matcher = twobranch.fit(corpus, options.recipe, settings=settings, threads=options.threads)
        test = corpora["identities"].split("test")
        features = corpus_features(test, matcher.image_encoder, matcher.views, matcher.sentence_encoder, matcher.cache)
        documents[groups] = evaluate_person_search(matcher, features, split="test")
    _print(documents)
    write_json(options.folder / f"person-search-{options.seed}.json", documents)


def _without_groups(data: Path) -> Path:
    """The same annotations with each image as a group of its own."""
    lines = [json.loads(line) for line in (data / "identities.jsonl").read_text(encoding="utf-8").splitlines()]
    path = data.parent / "images.jsonl"
    for line in lines:
        line["image"] = f"{data.name}/{line['image']}"
        del line["group"]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def _print(documents: dict) -> None:
    document = documents["identities"]
    print(f"corpus {document['corpus']}, {document['identities']} identities, {document['images']} images,")
    print(f"{document['sentences']} sentences, 95 % intervals over identities")
    print(f"{'trained with':14}" + "".join(f"{name:>24}" for name in METRICS))
    for groups, found in documents.items():
        cells = [f"{found[m]:.1f} ({found['interval'][m][0]:.1f} to {found['interval'][m][1]:.1f})" for m in METRICS]
        print(f"{groups:14}" + "".join(f"{cell:>24}" for cell in cells))
    print(f"{'chance':14}{document['chance']['Rank-1']:24.1f}")


if __name__ == "__main__":
    main()
