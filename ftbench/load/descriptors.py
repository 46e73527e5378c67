"""How many connections one load process may have open. Where that is the limit, the client is at its end and not the server."""

import errno

EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL)  # no file descriptor left in the process, in the system; no port left


def as_many_as_allowed() -> None:
    """Raise this process's limit of open files to what it may be: by default it is often 1,024, and every stream takes one."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (OSError, ValueError):  # macOS calls its own limit infinite and does not grant it
        return
