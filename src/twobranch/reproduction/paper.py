"""What a paper's table is made of: rows, published numbers with their sources, and findings to be tested."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, field_validator, model_validator

from twobranch.config import Config, validated
from twobranch.errors import TwobranchError, nearest

PAPERS = ("two-branch", "cnn-mlp", "mite", "dual-path")
"""The papers, each with a file of its name under `papers/`."""

TABLES = (*PAPERS, "text", "end-to-end", "beyond")
"""The tables: the papers', their text networks side by side, the image network trained, methods in none of them."""

TAGS = {
    "C": "read in the official code",
    "V": "read in the paper's abstract or the authors' own pages",
    "V2": "read in a secondary compilation",
}
"""How a published number may be known, see docs/methods.md. Anything less sure is not printed."""

Metric = Literal["rsum", "i2t", "t2i", "i2t-minus-t2i", "within-view", "probe_accuracy"]


class Published(Config):
    """A row of somebody's published table. Recalls that no source gives are left out: [54.9] is R@1 alone."""

    system: str = Field(min_length=1, description="system and features as published")
    dataset: str = Field(min_length=1, description="data set")
    split: str = Field(min_length=1, description="split and number of images")
    i2t: tuple[float, ...] = Field(default=(), max_length=3, description="R@1, R@5, R@10 of annotation, percent")
    t2i: tuple[float, ...] = Field(default=(), max_length=3, description="R@1, R@5, R@10 of search, percent")
    source: str = Field(min_length=1, description="where the numbers were read")
    tag: str = Field(description="how they are known: C, V or V2")
    note: str = Field(default="", description="what else a reader must know")

    @field_validator("tag")
    @classmethod
    def _may_be_printed(cls, tag: str) -> str:
        if tag not in TAGS:
            raise ValueError(f"a published number needs a source: a tag of {', '.join(TAGS)}")
        return tag

    @model_validator(mode="after")
    def _recalls_rise(self) -> Published:
        for recalls in (self.i2t, self.t2i):
            if any(not 0 <= value <= 100 for value in recalls) or list(recalls) != sorted(recalls):
                raise ValueError("R@1, R@5, R@10 rise and are percents")
        if not (self.i2t or self.t2i):
            raise ValueError("a published row has at least one number")
        return self


class Row(Config):
    """A row of the table: a recipe, and what was published for what it repeats."""

    recipe: str = Field(description="name of the recipe; also the row's name")
    title: str = Field(min_length=1, description="what the row is, in a few words")
    published: tuple[Published, ...] = Field(default=(), description="published counterparts")


class Finding(Config):
    """A claim as a comparison of two rows.

    | metric | what is compared |
    |---|---|
    | rsum | sum of the six recalls |
    | i2t, t2i | sum of the three recalls of annotation, of search |
    | i2t-minus-t2i | the former minus the latter: which direction a row favors |
    | within-view | sum of the three recalls of sentences that find sentences of their image |
    | probe_accuracy | accuracy of a fresh modality probe at the end of training; lower is better |
    """

    claim: str = Field(min_length=1, description="what is claimed")
    source: str = Field(min_length=1, description="who claims it, and how that is known")
    better: str = Field(description="recipe of the row that the claim favors")
    worse: str = Field(description="recipe of the other row")
    metric: Metric = Field(description="what is compared")
    tolerance: float = Field(
        default=0.0, ge=0, description='for a claim of "not worse": the loss that still counts as none, in the metric'
    )


class Paper(Config):
    """A paper's file."""

    title: str = Field(min_length=1, description="title")
    authors: str = Field(default="", description="family names")
    venue: str = Field(default="", description="where and when it appeared")
    link: str = Field(default="", description="arXiv or DOI")
    notes: tuple[str, ...] = Field(default=(), description="what a reader of the table must know")
    rows: tuple[Row, ...] = Field(min_length=1, description="rows, in the order of the table")
    context: tuple[Published, ...] = Field(default=(), description="published rows of others, for orientation")
    findings: tuple[Finding, ...] = Field(default=(), description="claims to be tested")

    @model_validator(mode="after")
    def _findings_compare_rows(self) -> Paper:
        names = [row.recipe for row in self.rows]
        if len(set(names)) < len(names):
            raise ValueError("each recipe is one row")
        for finding in self.findings:
            for name in (finding.better, finding.worse):
                if name not in names:
                    raise ValueError(f'the finding "{finding.claim}" compares rows of this paper, not {name}')
        return self


def papers_of(name: str) -> dict[str, Paper]:
    """The papers that a name of the command line means, by name: one, or with "all" every table.

    Raises:
        TwobranchError: for an unknown name.

    Example:
        >>> list(papers_of("mite")), list(papers_of("all"))
        (['mite'], ['two-branch', 'cnn-mlp', 'mite', 'dual-path', 'text', 'end-to-end', 'beyond'])
    """
    if name == "all":
        return {paper: load_paper(paper) for paper in TABLES}
    if name not in TABLES:
        raise TwobranchError("PAPER", "must be known", found=repr(name), remedy=nearest(name, [*TABLES, "all"]))
    return {name: load_paper(name)}


def load_paper(name_or_file: str | Path) -> Paper:
    """A paper that comes with twobranch, or one from a YAML file.

    Raises:
        TwobranchError: if the file is broken, or a published number has no source that may be quoted.

    Example:
        >>> load_paper("mite").rows[0].recipe
        'mite/triplet'
    """
    path = Path(name_or_file)
    if path.suffix != ".yaml":
        path = Path(str(resources.files("twobranch.reproduction").joinpath("papers", f"{name_or_file}.yaml")))
    try:
        document: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise TwobranchError(str(path), "a paper is a YAML file", found=str(error), remedy="Check the file.") from None
    return validated(Paper, document, f"paper {path.stem}")
