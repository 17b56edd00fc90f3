"""Trains the rows of a table, seed by seed; what was trained before and still belongs to them is used again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from twobranch.errors import TwobranchError
from twobranch.progress import log, progress
from twobranch.reproduction.bench import Bench, features_key
from twobranch.reproduction.result import (
    Key,
    Result,
    attempt_folder,
    read_result,
    recipe_digest,
    remove_attempts,
    result_folder,
)
from twobranch.training.recipe import Recipe


@dataclass
class Outcome:
    """What there is of each row.

    Attributes:
        results: of each row, in the order of the seeds; empty where nothing was trained.
        failures: of each row, why a seed could not be trained.
    """

    results: dict[str, list[Result]] = field(default_factory=dict)
    failures: dict[str, dict[int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """The rows of a table, and what their results are kept by.

    Attributes:
        recipes: recipe of each row, by the row's name.
        seeds: each row is trained once with each.
        train: fingerprint of the training split.
        val: fingerprint of the val split.
        out: folder of the tables.
    """

    recipes: Mapping[str, Recipe]
    seeds: Sequence[int]
    train: str
    val: str
    out: Path

    def key(self, name: str, seed: int) -> Key:
        """What the result of a row and seed depends on."""
        return Key(recipe_digest(self.recipes[name]), self.train, self.val, seed)

    def found(self) -> Outcome:
        """The results that were trained before and still belong to these rows."""
        outcome = Outcome()
        for name in self.recipes:
            read = [read_result(result_folder(self.out, name, seed), self.key(name, seed)) for seed in self.seeds]
            outcome.results[name] = [result for result in read if result is not None]
        return outcome

    def by_features(self, names: Collection[str]) -> list[list[str]]:
        """These rows, those on the same features together, so that only one set of features is in memory."""
        groups: dict[str, list[str]] = {}
        for name in self.recipes:
            if name in names:
                groups.setdefault(features_key(self.recipes[name]), []).append(name)
        return list(groups.values())

    def run(self, bench: Bench, names: Collection[str], after_row: Callable[[Outcome], object]) -> Outcome:
        """Train what is missing of some rows.

        A row that cannot be trained on this corpus is a failure of its own and stops none of the others.

        Args:
            bench: encodes and trains.
            names: the rows to train.
            after_row: is told what there is after each row that was trained.
        """
        outcome = self.found()
        for name, found in outcome.results.items():
            for result in found:  # an earlier process may have been killed before it removed them
                remove_attempts(result_folder(self.out, name, result.facts.key.seed))
        seeds_of = {name: [r.facts.key.seed for r in found] for name, found in outcome.results.items()}
        missing = {name: [seed for seed in self.seeds if seed not in seeds_of[name]] for name in names}
        total = sum(map(len, missing.values()))
        log.info("%d trainings to do, %d done before", total, len(names) * len(self.seeds) - total)
        with progress("trainings", total) as advance:
            for group in self.by_features([name for name in names if missing[name]]):
                self._train_group(bench, {name: missing[name] for name in group}, outcome, after_row, advance)
        return outcome

    def _train_group(
        self,
        bench: Bench,
        missing: dict[str, list[int]],
        outcome: Outcome,
        after_row: Callable[[Outcome], object],
        advance: Callable[[int], None],
    ) -> None:
        """Rows that share their features: by name, the seeds that are to be trained."""
        group = list(missing)
        try:
            encoded = bench.encode(self.recipes[group[0]])
        except TwobranchError as error:
            log.warning("%s cannot be trained: %s", ", ".join(group), error)
            outcome.failures |= {name: dict.fromkeys(missing[name], str(error)) for name in group}
            after_row(outcome)
            advance(sum(map(len, missing.values())))
            return
        for name in group:
            for seed in missing[name]:
                self._train(bench, name, seed, encoded, outcome)
                advance(1)
            outcome.results[name].sort(key=lambda result: result.facts.key.seed)
            after_row(outcome)

    def _train(self, bench: Bench, name: str, seed: int, encoded: object, outcome: Outcome) -> None:
        recipe = self.recipes[name].model_copy(update={"seed": seed})
        folder, key = result_folder(self.out, name, seed), self.key(name, seed)
        work = attempt_folder(folder, key)
        log.info("row %s, seed %d", name, seed)
        try:
            result = bench.train(recipe, name, key, encoded, work)
        except TwobranchError as error:
            log.warning("%s, seed %d failed: %s", name, seed, error)
            outcome.failures.setdefault(name, {})[seed] = str(error)
            return
        result.write(folder)
        remove_attempts(folder)  # only now: a killed process must find the result or the attempt, whole
        outcome.results[name].append(result)
        log.info("%s, seed %d: rsum %.1f in %.0f s", name, seed, result.facts.metrics["rsum"],
                 result.facts.training_seconds)  # fmt: skip
