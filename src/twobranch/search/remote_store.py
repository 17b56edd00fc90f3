"""A LanceDB table on object storage: how it is reached, which version is the newest, how large it is."""

from __future__ import annotations

import hashlib
import os

from twobranch.corpus import object_storage as storage
from twobranch.search.versions import number_of


def options() -> dict[str, str]:
    """What LanceDB must be told beyond the account, which it finds in the environment by itself."""
    told = {"connect_timeout": "5s", "timeout": "60s", "client_max_retries": "3", "client_retry_timeout": "30"}
    if server := storage.endpoint():
        told |= {"aws_endpoint": server, "aws_region": storage.region() or "us-east-1"}
        told["allow_http"] = str(server.startswith("http://")).lower()
    return told


def stamp(table: str) -> str:
    """A hash of name, size and time of the newest manifest; "" where there is no table. A manifest never changes."""
    manifests = {}
    for file in storage.listing(storage.join(table, "_versions")):
        name, ending = os.path.splitext(file.path.rpartition("/")[2])
        if ending == ".manifest" and name.isdecimal():
            manifests[number_of(name)] = f"{file.path} {file.bytes} {file.mtime_ns}"
    return hashlib.sha256(manifests[max(manifests)].encode()).hexdigest()[:16] if manifests else ""


def data_bytes(table: str) -> int:
    """Bytes of the table's rows, those of older versions too."""
    return sum(file.bytes for file in storage.listing(storage.join(table, "data")))
