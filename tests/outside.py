"""Scripts in a process of their own, for whatever starts, joins or leaves a Ray cluster.

Ray ends a process that it cannot go on in at once, with exit code 1 and without an exception: in the process of the tests that would be the
end of all of them, without a word.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ftbench.processes import no_survivors

ROOT = Path(__file__).resolve().parent.parent


def outside(module: str, *words: object, folder: Path, timeout_s: float = 240.0) -> Any:
    """The last line that `python -m module words` prints, as JSON. One that fails, dies or hangs is a failed test with its own words."""
    with no_survivors(), (folder / "stdout.txt").open("w+") as out, (folder / "stderr.txt").open("w+") as err:
        process = subprocess.Popen(_command(module, words), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = f"none within {timeout_s:g} s"
    told = (folder / "stdout.txt").read_text()
    assert code == 0, f"{module}: exit code {code}\n{told[-1000:]}\n{(folder / 'stderr.txt').read_text()[-3000:]}"
    return json.loads(told.splitlines()[-1])


class Beside(NamedTuple):
    """A script that runs beside the tests: what it said at first, the mark of all its processes, and how to ask it for one more line."""

    said: Any
    mark: str
    ask: Callable[[str], Any]


@contextmanager
def beside(module: str, *words: object, folder: Path) -> Iterator[Beside]:
    """`python -m module words`, which prints a line of JSON when it is ready and one for each line that it is sent, and ends when there are
    no more. It has to limit its own time."""
    with no_survivors() as mark, (folder / "stderr.txt").open("w+") as err:
        process = subprocess.Popen(
            _command(module, words), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True, bufsize=1
        )

        def heard() -> Any:
            line = process.stdout.readline()
            assert line, f"{module}: exit code {process.wait(10)}\n{(folder / 'stderr.txt').read_text()[-3000:]}"
            return json.loads(line)

        def ask(line: str) -> Any:
            process.stdin.write(line + "\n")
            return heard()

        try:
            yield Beside(heard(), mark, ask)
        finally:
            process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def wait_for(true: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What `true` returns as soon as it is true, or at the end of `seconds`."""
    until = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def _command(module: str, words: tuple[object, ...]) -> list[str]:
    return [sys.executable, "-m", module, *map(str, words)]
