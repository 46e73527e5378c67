"""How often is each detector right? On labelled texts, the half that it was not tuned on.

    python benchmarks/detectors.py [--dev] [--errors DETECTOR]

Writes ftbench/quality/detect/figures.json, which reports print from, and docs/detectors.md. `--dev` prints the figures of the tuning half
and writes nothing; `--errors` shows what a detector gets wrong in the tuning half. Nobody looks at single errors of the test half.
A further detector: its labelled file, a function in `detector_scores/` and a line in its TABLE.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from detector_scores import TABLE, Case, Detector
from detector_scores.page import page

from ftbench.quality import detect
from ftbench.stats import interval

ROOM = Path(detect.__file__).parent
DOCS = Path(__file__).resolve().parent.parent / "docs" / "detectors.md"


def labelled(detector: str, split: str) -> list[Case]:
    """The labelled cases of one half."""
    lines = (ROOM / "labelled" / f"{detector}.jsonl").read_text(encoding="utf-8").split("\n")
    return [case for line in lines if line.strip() and (case := json.loads(line))["split"] == split]


def share(outcomes: list[bool]) -> dict[str, Any]:
    """Count, n, rate and its exact 95 % interval."""
    count, n = sum(outcomes), len(outcomes)
    low, high = interval(count, n) if n else (0.0, 1.0)
    return {"count": count, "n": n, "rate": round(count / n, 4) if n else None, "low": round(low, 4), "high": round(high, 4)}


def measure(detector: Detector, cases: list[Case]) -> dict[str, Any]:
    """The figures of one detector as the JSON holds them."""
    judged = [pair for case in cases for pair in detector.judge(case)]
    return {
        "finds": detector.finds,
        "n": len(judged),
        "sensitivity": share([said is True for truth, said in judged if truth is True]),
        "specificity": share([said is False for truth, said in judged if truth is False]),
        "wrong": share([truth != said for truth, said in judged if truth is not None and said is not None]),
        "undetermined": share([said is None for _, said in judged]),
        "missed": share([said is False for truth, said in judged if truth is True]),
        "false_alarms": share([said is True for truth, said in judged if truth is False]),
    }


def measured() -> dict[str, Any]:
    """What figures.json must hold today."""
    found = {}
    for name, detector in TABLE.items():
        data = (ROOM / "labelled" / f"{name}.jsonl").read_bytes()
        found[name] = {**measure(detector, labelled(name, "test")), "labelled_sha256": hashlib.sha256(data).hexdigest()}
    return {"split": "test", "detectors": found}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dev", action="store_true", help="print the figures of the tuning half, write nothing")
    parser.add_argument("--errors", choices=TABLE, help="show what this detector gets wrong in the tuning half")
    args = parser.parse_args()
    if args.errors:
        for case in labelled(args.errors, "dev"):
            if wrong := [pair for pair in TABLE[args.errors].judge(case) if pair[0] != pair[1]]:
                print(json.dumps(case, ensure_ascii=False), wrong)
        return 0
    if args.dev:
        for name, detector in TABLE.items():
            found = measure(detector, labelled(name, "dev"))
            print(name, {key: f"{s['count']}/{s['n']}" for key, s in found.items() if isinstance(s, dict)})
        return 0
    found = measured()
    (ROOM / "figures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    DOCS.write_text(page(found), encoding="utf-8")
    print(page(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
