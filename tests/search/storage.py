"""A server that speaks S3, for tests; it holds its objects in memory."""

from __future__ import annotations

import contextlib
import logging
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ACCOUNT = {"AWS_ACCESS_KEY_ID": "key-of-a-test", "AWS_SECRET_ACCESS_KEY": "secret-of-a-test", "AWS_REGION": "us-east-1"}


@contextlib.contextmanager
def storage_server(patch: pytest.MonkeyPatch) -> Iterator[str]:
    """Start one with a bucket `pictures`, and have the environment name it; yields its address."""
    moto = pytest.importorskip("moto.server", reason="the extra dev-scale is not installed")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        for name, value in {**ACCOUNT, "AWS_ENDPOINT_URL": address, "AWS_EC2_METADATA_DISABLED": "true"}.items():
            patch.setenv(name, value)
        # All servers of a process have the same objects.
        urllib.request.urlopen(urllib.request.Request(f"{address}/moto-api/reset", method="POST")).close()
        make_bucket(address, "pictures")
        yield address
    finally:
        server.stop()


def make_bucket(address: str, name: str) -> None:
    from pyarrow import fs

    fs.S3FileSystem(
        endpoint_override=address.removeprefix("http://"), scheme="http", allow_bucket_creation=True
    ).create_dir(name)


def upload(folder: Path, url: str) -> None:
    """Copy the files of a folder to an address."""
    from twobranch.corpus import object_storage

    for file in sorted(folder.rglob("*")):
        if file.is_file():
            object_storage.write(object_storage.join(url, file.relative_to(folder).as_posix()), file.read_bytes())
