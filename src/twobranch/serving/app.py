"""The application of one index: REST, the page, and the guard in front of both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from twobranch.errors import TwobranchError
from twobranch.search import Index

if TYPE_CHECKING:
    from fastapi import FastAPI

    from twobranch.matcher.matcher import Matcher


def create_app(index: Index | str | Path, token: str | None = None, grounder: Matcher | None = None) -> FastAPI:
    """Make the application.

    | path | what |
    |---|---|
    | `GET /search`, `POST /search` | images for a sentence, several, a picture, or an image of the index |
    | `GET /similar/{id}` | images like one of the index |
    | `POST /annotate` | sentences of a list, or of the index, for a picture |
    | `POST /ground` | boxes of a picture for a phrase, or for those of a sentence |
    | `GET /thumbnails/{id}`, `GET /images/{id}` | pictures of the index, by id |
    | `GET /about`, `GET /health`, `GET /metrics` | what is served, that it is, and how it fares |
    | `GET /`, `GET /docs` | the page, and this interface for people |

    Args:
        index: an index or its folder.
        token: what clients must present; None where only this machine can reach the server.
        grounder: the matcher that grounds; None for the index's own.

    Raises:
        TwobranchError: if the web framework is not installed, or the folder is no index.
    """
    require_packages()
    from twobranch.serving.api import api
    from twobranch.serving.descriptions import described
    from twobranch.serving.guard import Guard
    from twobranch.serving.metrics import Measured, Metrics
    from twobranch.serving.pages import add_pages
    from twobranch.serving.refusals import add_refusals
    from twobranch.serving.service import Service
    from twobranch.serving.workers import Pools

    opened = index if isinstance(index, Index) else Index.open(index)
    pools, metrics = Pools(), Metrics(lambda: len(opened))
    service = Service(opened, grounder, metrics.batch)

    def close() -> None:
        pools.close()
        service.sentences.close()

    app = _framework(close)
    app.state.is_busy = lambda: pools.busy or service.sentences.busy
    app.state.warm_up = service.warm_up
    app.add_middleware(Guard, token=token)
    app.add_middleware(Measured, metrics=metrics)  # the outermost: it counts what the guard refuses, too
    add_pages(app)
    app.include_router(api(service, pools, metrics))
    add_refusals(app)
    app.openapi = partial(described, app)  # type: ignore[method-assign]
    return app


def _framework(close: Callable[[], None]) -> FastAPI:
    from fastapi import FastAPI

    import twobranch

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        close()

    return FastAPI(
        title="twobranch",
        version=twobranch.__version__,
        description="Search pictures by sentence or by picture, rank sentences for a picture, find phrases in it.",
        docs_url=None,  # the framework's own page loads from a CDN
        redoc_url=None,
        lifespan=lifespan,
    )


def require_packages() -> None:
    """Check that the optional packages of serving are there.

    Raises:
        TwobranchError: if one is missing, naming the command that installs it.
    """
    try:
        import fastapi  # noqa: F401
        import prometheus_client  # noqa: F401
        import python_multipart  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise TwobranchError(
            "twobranch serve",
            "needs packages that are not installed",
            found=f"no {error.name}",
            remedy='Install them: pip install "twobranch[serve]"',
        ) from None
