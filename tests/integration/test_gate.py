"""The whole line on a tiny model: Ray, Serve, HAProxy, Locust, all ten tests, people's ratings, cost, report."""

import csv
import json
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest

from ftbench.gate.ledger import verify
from ftbench.load.records import read_records
from ftbench.quality.cases import read_test_set
from tests.integration.scenario import call, ended, run, start, survivors, write_contract
from tests.integration.ten import CHECKED, write_ten

pytestmark = pytest.mark.slow


class Finished(NamedTuple):
    """A gate that was interrupted in its second run of traffic and then gone on with to its end."""

    interrupted: int  # exit code
    told: str  # what it had said on standard error by then
    left: list[str]  # processes that outlived it
    kept: dict[str, tuple[bytes, int]]  # what was there before it went on: content and time of change
    done: subprocess.CompletedProcess
    folder: Path


KEPT = ("generations.jsonl", "load/1x/requests.parquet")


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny_model_folder):
    home = tmp_path_factory.mktemp("gate")
    write_ten(home / "contract", tiny_model_folder)
    process, tag = start("gate", "contract", "--out", "runs", cwd=home)
    told = []
    for line in process.stderr:
        told.append(line)
        if line.startswith("Traffic at 2x"):
            break
    time.sleep(1)  # Locust runs by now
    process.send_signal(signal.SIGINT)
    told.append(ended(process, tag))
    left = survivors(tag)
    (folder,) = (p.parent for p in (home / "runs").glob("*/spec.yaml"))
    kept = {name: as_it_is(folder / name) for name in KEPT}
    done = run("gate", "--out", "runs", "--resume", folder.name, cwd=home)
    return Finished(process.returncode, "".join(told), left, kept, done, folder)


def as_it_is(path: Path) -> tuple[bytes, int]:
    return (path.read_bytes(), path.stat().st_mtime_ns) if path.exists() else (b"", 0)


def test_a_run_that_was_interrupted_leaves_no_process_and_goes_on_where_it_was(finished):
    assert finished.interrupted == 130, finished.told[-2000:]
    assert finished.left == []
    answers, first_traffic = (finished.kept[name] for name in KEPT)
    assert len(answers[0].splitlines()) > 400
    assert (finished.folder / KEPT[0]).read_bytes() == answers[0]  # nothing was asked again
    assert as_it_is(finished.folder / KEPT[1]) == first_traffic != (b"", 0)


def test_a_model_that_guesses_is_not_shipped_and_the_exit_code_says_so(finished):
    done, folder = finished.done, finished.folder
    assert done.returncode == 1, done.stderr[-2000:]
    report = json.loads((folder / "report.json").read_text())
    assert report["verdict"] == "DO_NOT_SHIP"
    status = {c["id"]: c["status"] for c in report["checks"]}
    assert status["accuracy"] == status["format_compliance"] == "FAIL"
    assert status["latency"] in ("PASS", "FAIL")  # judged; which of the two is the affair of the machine that runs the tests
    assert [c["id"] for c in report["checks"] if c["status"] in ("SKIPPED", "INVALID")] == []
    assert report["baseline"]["fingerprint"] == report["model"]["fingerprint"]  # the same model under another prompt
    assert str(folder / "report.html").split("runs/")[1] in done.stdout.replace("\n", "")


def test_report_meets_the_committed_schema(finished):
    from ftbench.report.schema import report_schema

    jsonschema.validate(json.loads((finished.folder / "report.json").read_text()), report_schema())


def test_run_folder_holds_everything_that_the_contract_names(finished):
    folder = finished.folder
    for name in (
        "spec.yaml",
        "environment.json",
        "requests.parquet",
        "generations.jsonl",
        "report.json",
        "report.html",
        "report.md",
        "junit.xml",
        "run.log",
    ):
        assert (folder / name).stat().st_size > 0, name
    assert len(list((folder / "checks").glob("*.json"))) == 10
    assert not list(folder.rglob("*.part"))


def test_every_case_has_one_answer_made_at_serving_concurrency(finished):
    lines = [json.loads(line) for line in (finished.folder / "generations.jsonl").read_text(encoding="utf-8").split("\n") if line]
    assert len(lines) == len({(o["check"], o["id"]) for o in lines})
    assert {o["concurrency"] for o in lines} == {8}
    assert {o["id"] for o in lines if o["error"]} <= {f"overlong-{i}" for i in range(1, 6)}  # five times its context is too much for it
    golden = read_test_set("accuracy", finished.folder.parent.parent / "contract" / "golden.jsonl").cases
    for check in ("accuracy", "ab_comparison", "ab_comparison.baseline"):
        assert {o["id"] for o in lines if o["check"] == check} == {case.id for case in golden}
    assert sum(o["reused"] for o in lines) >= len(golden)  # tests 1 and 8 send the same prompts


def test_what_people_say_decides_and_nothing_is_run_again(finished):
    folder, home = finished.folder, finished.folder.parent.parent
    sheet = folder / "review" / "queue.csv"
    with sheet.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    asked = [row for row in rows if row["question"].endswith(CHECKED)]
    assert len(asked) == 12
    for row in asked:
        row["rating"] = row["choices"].split(" / ")[0]
    with (home / "rated.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    before = {name: as_it_is(folder / name) for name in (*KEPT, "load/2x/requests.parquet")}
    assert brand_voice(folder) == "NEEDS_REVIEW"
    done = call("import-ratings", str(folder), "rated.csv", "--rater", "ann", cwd=home)
    assert done.returncode == 0 and "12 new ratings" in done.stdout, done.stderr
    again = run("gate", "--resume", str(folder), "--out", "runs", cwd=home)
    assert again.returncode == 1, again.stderr[-2000:]
    assert brand_voice(folder) == "PASS"
    assert "Bringing the model up" not in again.stderr
    assert {name: as_it_is(folder / name) for name in before} == before
    kinds = [json.loads(line)["kind"] for line in (folder.parent / "ledger.jsonl").read_text().splitlines()]
    assert kinds == ["run finished", "human rating", "run finished"]


def brand_voice(folder: Path) -> str:
    report = json.loads((folder / "report.json").read_text())
    (criterion,) = (c for check in report["checks"] for c in check["criteria"] if c["name"] == "brand voice")
    return criterion["status"]


def test_every_scheduled_request_has_exactly_one_record(finished):
    rows = read_records(finished.folder / "requests.parquet").to_pylist()
    for scale in (1.0, 2.0):
        indices = sorted(r["index"] for r in rows if r["scale"] == scale)
        assert indices == list(range(len(indices))) and len(indices) >= 10
    assert {r["phase"] for r in rows} == {"warmup", "measured"}
    assert all(r["sent_s"] >= r["scheduled_s"] - 1e-9 for r in rows)
    assert all(r["output_tokens"] <= 4 for r in rows if r["status"] == "ok")


def test_fingerprint_stands_in_report_and_ledger(finished):
    folder = finished.folder
    report = json.loads((folder / "report.json").read_text())
    entries = [json.loads(line) for line in (folder.parent / "ledger.jsonl").read_text().splitlines()]
    entry = entries[0]
    assert len(report["model"]["fingerprint"]) == 64
    assert entry["fingerprint"] == report["model"]["fingerprint"]
    assert entry["test_sets"] == {s["id"]: s["sha256"] for s in report["test_sets"]}
    assert verify(folder.parent / "ledger.jsonl") == len(entries)


def test_a_finished_run_renders_again_without_running_again(finished):
    folder = finished.folder
    (folder / "report.html").unlink()
    done = call("report", str(folder), cwd=folder.parent)
    assert done.returncode == 0 and (folder / "report.html").exists()


@pytest.mark.parametrize("moment", ["Starting Ray", "Bringing the model up"])
def test_ctrl_c_leaves_no_process_behind(moment, tmp_path, tiny_model_folder):
    write_contract(tmp_path / "contract", tiny_model_folder)
    process, tag = start("gate", "contract", cwd=tmp_path)
    for line in process.stderr:
        if line.startswith(moment):
            break
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    rest = ended(process, tag)
    assert process.returncode == 130, rest[-2000:]
    assert "--resume" in rest and "Traceback" not in rest
    assert survivors(tag) == []
