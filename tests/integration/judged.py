"""`python -m tests.integration.judged SPEC FOLDER`: the judging as real Ray tasks, with a check that crashes and one that dies."""

import json
import os
import signal
import sys
from pathlib import Path

from ftbench.checks.base import Check
from ftbench.gate.judge import inputs_of, judge
from ftbench.gate.preflight import read_all
from ftbench.gate.run_folder import RunFolder
from ftbench.progress import Screen
from ftbench.serving.cluster import cluster
from ftbench.spec import read_spec


class Crashes(Check):
    id, number, title, fail_action = "latency", 4, "Crashes", "none"

    def evaluate(self, inputs):
        return 1 / 0


class Dies(Check):
    id, number, title, fail_action = "inference_cost", 9, "Dies", "none"

    def evaluate(self, inputs):
        os._exit(1)


if __name__ == "__main__":
    signal.alarm(200)
    ready = read_all(read_spec(Path(sys.argv[1])))
    others = [check for check in ready.checks if check.id in ("accuracy", "format_compliance")]
    folder = RunFolder(Path(sys.argv[2]))
    folder.path.mkdir()
    with cluster():
        ready = ready._replace(checks=[Crashes(), *others, Dies()])
        results, _ = judge(ready, inputs_of(ready, {}, load=[], cost=[]), folder, Screen())
    print(json.dumps([[r.id, r.status, r.notes] for r in results]))
