"""Joining and leaving a Ray cluster in one thread while another may be asking the cluster something.

Ray ends the whole process at once, with exit code 1, where a thread asks it anything or lets go of an answer while another thread is inside
`ray.shutdown` (QuickExit in CoreWorkerProcessImpl::GetCoreWorker). So who asks in a thread of its own, and who joins or leaves, take turns.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock, _awaited = threading.Lock(), threading.Event()


def connected() -> bool:
    """Whether this process is in a cluster. Never imports Ray, which another thread may be doing at this moment."""
    return getattr(sys.modules.get("ray"), "is_initialized", lambda: False)()


@contextmanager
def asking() -> Iterator[bool]:
    """Yields `connected()`, and nobody joins or leaves inside. What Ray gave (answers, actors) must not be let go of after it."""
    with _lock:
        yield connected()


@contextmanager
def changing() -> Iterator[None]:
    """For `ray.init` and `ray.shutdown`: nobody in another thread asks inside."""
    _awaited.set()
    try:
        with _lock:
            yield
    finally:
        _awaited.clear()


def awaited() -> bool:
    """Whether somebody waits to join or leave. A long wait inside `asking` is then to be given up."""
    return _awaited.is_set()
