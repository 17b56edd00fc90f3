"""schemathesis sends what the OpenAPI description allows, and what it does not: every answer is as described.

Few examples here; `pytest -m slow tests/serving/test_schemathesis.py` sends many.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from twobranch.matcher import Matcher
from twobranch.matcher.grounding import ground
from twobranch.search import Index
from twobranch.search.index import load_matcher
from twobranch.serving.app import create_app

schemathesis = pytest.importorskip("schemathesis")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


def known_ids(index: Index) -> list[str | None]:
    """Ids that generation would not guess, and as often None, which leaves what it made."""
    ids = index.snapshot().rows["id"].to_pylist()[:4]
    return [*ids, *[None] * len(ids)]


def hunt(index: Index, mode: Any, examples: int) -> None:
    """Call every path with generated parameters and bodies, valid or not."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(index))
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) == 10
    for operation in operations:
        if mode is schemathesis.GenerationMode.NEGATIVE and not (operation.query or operation.body):
            continue  # no parameter that could be wrong

        @settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
            derandomize=examples < 100,
        )
        @given(case=operation.as_strategy(generation_mode=mode), known=st.sampled_from(known_ids(index)))
        def answered_as_described(case: Any, known: str | None) -> None:
            for place in (case.path_parameters, case.query, case.body):
                for name in ("image_id", "id", "like"):
                    if known is not None and isinstance(place, dict) and name in place:
                        place[name] = known
            case.call_and_validate(checks=CHECKS, headers={"host": "localhost"})

        answered_as_described()


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_few_requests(index: Index, mode: Any) -> None:
    hunt(index, mode, 5)


@pytest.fixture(scope="module")
def scenes_index(run: Path, scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    return Index.build(Matcher.load(run / "model"), scenes, tmp_path_factory.mktemp("index") / "scenes.index")


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.value)
def test_many_requests_to_a_trained_matcher(scenes_index: Index, mode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("twobranch.search.index.load_matcher", load_matcher)
    monkeypatch.setattr("twobranch.matcher.grounding.ground", ground)
    hunt(scenes_index, mode, 300)
