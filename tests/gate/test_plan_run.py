"""`ftbench plan` from outside: arguments, files, exit codes, what it must not load."""

import json
import subprocess
import sys

import pytest
from jsonschema import Draft202012Validator

from ftbench.errors import Exit, InputError
from ftbench.gate import plan_run
from ftbench.gate.plan_run import Asked, Measuring, numbers, run_plan
from ftbench.report.plan_write import read_plan_file
from ftbench.report.schema import PLAN_FILE
from tests.gate.plan_folders import a_run, a_run_folder, a_search, a_spec, a_spec_file
from tests.integration.scenario import run


def planned(what, **options):
    """`run_plan` with its options by name, as on the command line."""
    measuring = {name: options.pop(name) for name in Measuring._fields if name in options}
    return run_plan(what, Asked(**options), Measuring(**measuring))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return a_run_folder(tmp_path_factory.mktemp("run") / "run", a_spec())


def test_three_files_lie_in_the_run_and_the_json_meets_the_committed_schema(folder, tmp_path, capsys):
    assert planned(folder, out=tmp_path / "plan") is Exit.PASSED
    assert {path.name for path in (tmp_path / "plan").iterdir()} == {"plan.json", "plan.html", "plan.md"}
    data = json.loads((tmp_path / "plan" / "plan.json").read_text())
    Draft202012Validator(json.loads(PLAN_FILE.read_text())).validate(data)
    printed = capsys.readouterr().out
    assert printed.startswith("VIABLE") and "measured" in printed and "modelled" in printed and "engine=transformers" in printed
    assert read_plan_file(tmp_path / "plan").model_dump(mode="json", by_alias=True) == data


def test_json_alone_stands_on_standard_output(folder, tmp_path, capsys):
    planned(folder, out=tmp_path, json=True)
    assert json.loads(capsys.readouterr().out)["schema"] == "ftbench.plan/1"


def test_a_plan_of_a_run_loads_neither_torch_nor_ray_nor_transformers(folder, tmp_path):
    code = (
        f"import sys\nsys.argv = ['ftbench', 'plan', {str(folder)!r}, '--out', {str(tmp_path)!r}]\nfrom ftbench.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0, end.code\n"
        "heavy = {'torch', 'ray', 'transformers', 'locust', 'gevent', 'matplotlib', 'bitsandbytes'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("budget", "code"), [({"budget_per_inference": 0.001}, 0), ({"budget_per_inference": 1e-6}, 1), ({"budget_per_inference": None}, 4)]
)
def test_the_exit_code_is_the_verdict(folder, tmp_path, budget, code):
    cost = {"price_per_hour": 0.1, "peak_to_mean": 1.0, **budget}
    spec = a_spec_file(tmp_path / "spec.yaml", a_spec(load={"scales": [1]}, cost=cost))
    done = run("plan", folder, "--spec", spec, "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"scales": "0"}, "scale 0 is no multiple"),
        ({"scales": "1,-3"}, "scale -3 is no multiple"),
        ({"scales": "many"}, "no list of numbers"),
        ({"verify": "7"}, "the plan has no such scale, only 1, 3, 10"),
        ({"variant": "nf4"}, "--variant belongs to a measurement"),
        ({"resume": "x"}, "--resume belongs to a measurement"),
        ({"searches": 5}, "--searches belongs to a measurement"),
        ({"hardware": "h1000"}, "Did you mean"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_wrong_arguments_are_a_sentence(folder, tmp_path, options, sentence):
    with pytest.raises(InputError, match=sentence):
        planned(folder, out=tmp_path, **options)


def test_two_specs_are_one_too_many(tmp_path):
    spec = a_spec_file(tmp_path / "spec.yaml", a_spec())
    with pytest.raises(InputError, match="names a second one"):
        planned(spec, spec=spec)


def test_a_folder_of_runs_names_the_last_of_them(folder):
    with pytest.raises(InputError, match=r"holds runs. Name one of them, such as .*run\."):
        planned(folder.parent)


def test_a_run_without_its_records_says_what_is_missing(tmp_path):
    (tmp_path / "spec.yaml").write_text("name: x\n")
    (tmp_path / "run.log").write_text("")
    a_spec_file(tmp_path / "spec.yaml", a_spec())
    with pytest.raises(InputError, match="not driven to the end.*--resume"):
        run_plan(tmp_path)
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(InputError, match="only the report of that run is left"):
        run_plan(tmp_path)


def test_a_sweep_over_users_is_no_ground_for_a_plan(tmp_path):
    (tmp_path / "sweep.json").write_text(json.dumps({"axis": "concurrency", "rows": []}))
    with pytest.raises(InputError, match="no rate was asked of the server"):
        planned(tmp_path, spec=a_spec_file(tmp_path / "s" / "spec.yaml", a_spec()))


def test_a_capacity_folder_and_a_single_run_are_planned_with_a_spec(tmp_path):
    spec = a_spec_file(tmp_path / "s" / "spec.yaml", a_spec(load={"scales": [1, 3]}))
    search = a_search(tmp_path / "search", a_spec())
    assert planned(search, spec=spec) is Exit.PASSED and (search / "plan.json").exists()
    assert planned(search / "probe-01-4-1", spec=spec, out=tmp_path / "one") is Exit.PASSED


def test_numbers_are_read_as_people_write_them():
    assert numbers("1, 3x,10,3", "--scales") == [1, 3, 10]


def test_a_fleet_that_the_cluster_does_not_hold_is_one_sentence_and_the_plan_stands(folder, tmp_path, monkeypatch, capsys):
    from ftbench.gate import plan_deployed, plan_verify

    class Up:
        def __enter__(self): ...
        def __exit__(self, *error): ...

    def measure(spec, at, where, screen):
        served.append(spec.serving)
        run = plan_deployed.folder_of(where, at.scale, spec.serving.replicas) / "requests.parquet"
        a_run(run, a_spec(), at.demand.peak_rate, scale=at.scale, replicas=spec.serving.replicas)

    served = []
    monkeypatch.setattr("ftbench.serving.cluster.cluster", lambda address: Up())
    monkeypatch.setattr("ray.cluster_resources", lambda: {"CPU": 2.0})
    monkeypatch.setattr(plan_verify, "_measure", measure)
    assert planned(folder, out=tmp_path, verify="all") is Exit.PASSED
    assert [(s.replicas, s.cpu_threads) for s in served] == [(1, 2)]
    plan = read_plan_file(tmp_path)
    assert plan.scales[0].verified.held and plan.scales[1].verified is None
    assert any(note.startswith("3x is not verified: 2 replicas as measured take 4 CPU cores, and there are 2.") for note in plan.notes)
    assert any(note.startswith("10x is not verified: 5 replicas as measured take 10 CPU cores") for note in plan.notes)
    assert "10x is not verified" in capsys.readouterr().out


def test_the_replicas_of_an_endpoint_are_not_ours_to_deploy(tmp_path):
    spec = a_spec(endpoint={"url": "http://127.0.0.1:9/v1", "model": "m"}, hardware="l4", load={"scales": [1]}, cost={"peak_to_mean": 1.0})
    with pytest.raises(InputError, match="not ftbench's to deploy"):
        planned(a_run_folder(tmp_path / "run", spec), verify="all")


def test_a_spec_is_measured_into_its_own_folder_and_then_planned(tmp_path, monkeypatch):
    from ftbench.gate import plan_measure

    spec, told = a_spec_file(tmp_path / "spec.yaml", a_spec()), {}

    def measure(found, reports, screen, up, **options):
        told.update(options, scales=found.load.scales, variant=found.variant)
        return a_run_folder(reports / "made", found)

    monkeypatch.setattr(plan_measure, "measure", measure)
    assert planned(spec, out=tmp_path / "reports", scales="1", variant="int8", searches=2) is Exit.PASSED
    assert told == {"resume": None, "searches": 2, "duration_s": None, "search": True, "scales": [1], "variant": "int8"}
    assert (tmp_path / "reports" / "made" / "plan.html").exists() and plan_run.REPORTS.name == "reports"
