"""What a monitoring system reads at /metrics: requests, times, batches, the size of the index, and the process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The figures of one application.

    Args:
        images: gives the number of images of the index.
    """

    def __init__(self, images: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "twobranch_requests", "Requests.", ("method", "path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "twobranch_request_seconds", "Time to the end of an answer.", ("path",), buckets=_SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._batches = Histogram(
            "twobranch_batch_size", "Queries that were encoded in one call.", ("kind",), buckets=_SIZES,
            registry=self._registry,
        )  # fmt: skip
        Gauge("twobranch_index_images", "Images of the index.", registry=self._registry).set_function(images)

    def batch(self, kind: str, size: int) -> None:
        """Count a batch of sentences or pictures."""
        self._batches.labels(kind).observe(size)

    def request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request; `path` is one of the few that the application has, or "other"."""
        self._requests.labels(method, path, status).inc()
        self._seconds.labels(path).observe(seconds)

    def text(self) -> bytes:
        """All figures in the text format of Prometheus."""
        return generate_latest(self._registry)


class Measured:
    """ASGI middleware that counts requests, those that the guard refuses too."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on and take its time."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            method = scope["method"] if scope["method"] in ("GET", "POST") else "other"
            route = getattr(scope.get("route"), "path", "other").replace(":path}", "}")
            self._metrics.request(method, route, status, time.perf_counter() - started)
