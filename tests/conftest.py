"""What several test folders share: a small corpus of emoji scenes, a cache of its own, a matcher trained on it."""

import os

import pytest

SMALL = (
    "model.image.encoder=efficientnet-lite0",
    "model.image.views=[image]",
    "stages.0.epochs=4",
    "stages.0.at_least=0",
)
"""Settings that make a recipe quick."""


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory):
    """Tests leave the user's cache alone; an outer TWOBRANCH_CACHE is used, so that a second run is faster."""
    if "TWOBRANCH_CACHE" not in os.environ:
        os.environ["TWOBRANCH_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def scenes(tmp_path_factory):
    """160 emoji scenes on disk."""
    from twobranch.corpus.emoji_scenes import write_emoji_scenes

    folder = tmp_path_factory.mktemp("corpus") / "scenes"
    write_emoji_scenes(folder, scenes=160)
    return folder


@pytest.fixture(scope="session")
def run(scenes, tmp_path_factory):
    """A run on the scenes."""
    import twobranch

    folder = tmp_path_factory.mktemp("runs") / "run"
    twobranch.fit(twobranch.read_corpus(scenes), "default", out=folder, settings=SMALL)
    return folder


SMALL_REGIONS = (
    "model.image.encoder=efficientnet-lite0",
    "model.regions.proposals={proposals: centers, budget: 60}",
)
"""Settings that make a recipe of regions quick, and need no OpenCV."""


@pytest.fixture(scope="session")
def region_run(scenes, tmp_path_factory):
    """A run on the regions and phrases of the scenes."""
    import twobranch

    folder = tmp_path_factory.mktemp("runs") / "regions"
    settings = [*SMALL_REGIONS, "stages.0.epochs=4", "stages.0.sampler.images=16"]
    twobranch.fit(twobranch.read_corpus(scenes), "regions/softmax", out=folder, settings=settings)
    return folder
