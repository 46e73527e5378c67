"""One look at every replica behind a URL, though each page tells of one replica only."""

import time
from typing import Any, NamedTuple

from ftbench.telemetry.fetch import Absent, Fetch
from ftbench.telemetry.page import Readings, encode, read_page

TRIES_A_REPLICA = 4
MOST_REPLICAS = 256


class Seen(NamedTuple):
    """`pages`: the readings of each replica that answered, by its name."""

    kind: str
    url: str
    pages: dict[str, Readings]

    def line(self) -> dict[str, Any]:
        return {"kind": "server", "pages": {who: encode(readings) for who, readings in self.pages.items()}}


def find_page(urls: list[str], fetch: Fetch) -> Seen:
    """The first of `urls` that has a page with known names.

    Raises:
        Absent: one word why there is none; "unknown" for a page without a known name.
    """
    why = Absent("unreachable")
    for url in urls:
        try:
            kind, who, readings = read_page(fetch(url))
            if kind is not None:
                return Seen(kind, url, {who: readings})
            why = Absent("unknown")
        except ValueError:
            why = Absent("page")
        except Absent as absent:
            why = absent
    raise why


def sweep(url: str, kind: str, fetch: Fetch, *, replicas: int = 1, within_s: float = 1.0) -> Seen | None:
    """The pages of all replicas; of fewer where some do not answer within `within_s` [s] or a few tries each. None where none does.

    A proxy sends each request to another replica, so the page is asked for until `replicas` different ones have answered, or as many as
    a page itself says there are.
    """
    pages: dict[str, Readings] = {}
    until, tries = time.monotonic() + within_s, 0
    while tries < TRIES_A_REPLICA * replicas:
        tries += 1
        try:
            found, who, readings = read_page(fetch(url))
        except (Absent, ValueError):
            found = None
        if found == kind:
            pages[who] = readings
            told = readings.get("replicas", 1)
            replicas = min(MOST_REPLICAS, max(replicas, int(told) if isinstance(told, float) else 1))
        if len(pages) >= replicas or time.monotonic() > until:
            break
    return Seen(kind, url, pages) if pages else None
