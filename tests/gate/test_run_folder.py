"""The folder of one run: whole files, and a resumed run that goes on under the same contract."""

import json
from pathlib import Path

import pytest
import yaml

from ftbench.errors import InputError
from ftbench.gate.run_folder import RunFolder, new_folder, resolved, resume_folder
from ftbench.spec import Spec
from tests.checks.builder import spec

TESTS = {"latency": {"p50_s": 1}}


def test_write_that_is_cut_short_leaves_the_old_file_whole(tmp_path, monkeypatch):
    folder = RunFolder(tmp_path)
    folder.write(folder.spec, "old")

    def cut(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.fsync", cut)
    with pytest.raises(KeyboardInterrupt):
        folder.write(folder.spec, "new and half")
    assert folder.spec.read_text() == "old"
    monkeypatch.undo()
    folder.write(folder.spec, "new")
    assert folder.spec.read_text() == "new" and list(tmp_path.iterdir()) == [folder.spec]


def test_text_that_utf8_cannot_hold_is_still_written_as_json(tmp_path):
    folder = RunFolder(tmp_path)
    folder.write_json(tmp_path / "checks" / "a.json", {"traceback": "half \ud800 Gr\u00fc\u00dfe", "path": tmp_path})
    assert json.loads((tmp_path / "checks" / "a.json").read_text(encoding="utf-8")) == {
        "traceback": "half \ud800 Gr\u00fc\u00dfe",
        "path": str(tmp_path),
    }


def test_new_runs_of_one_second_have_folders_of_their_own_and_hold_the_resolved_spec(tmp_path):
    contract = spec(TESTS)
    folders = [new_folder(tmp_path / "reports", contract) for _ in range(3)]
    assert len({f.id for f in folders}) == 3
    assert all(f.spec.read_text() == resolved(contract) for f in folders)
    assert Spec.model_validate(yaml.safe_load(folders[0].spec.read_text())) == contract


@pytest.mark.parametrize(
    ("name", "variant"), [("desk", "AWQ 4-bit / vLLM"), ("../../etc", "../x"), ("客服", "量化"), ("x" * 300, "y" * 300), ("a\nb", "c\td")]
)
def test_name_and_variant_may_hold_anything_and_make_one_folder(tmp_path, name, variant):
    contract = spec(TESTS, name=name, model=None, endpoint={"url": "http://x/v1", "variant": variant})
    folder = new_folder(tmp_path / "reports", contract)
    assert folder.path.parent == tmp_path / "reports" and folder.path.is_dir()
    assert resume_folder(tmp_path / "reports", folder.id, contract).path == folder.path


def test_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(InputError, match="--out"):
        new_folder(tmp_path / "reports", spec(TESTS))


def test_load_folders_are_named_by_their_scale(tmp_path):
    assert [RunFolder(tmp_path).load(s).name for s in (1.0, 3, 0.5, 10.0)] == ["1x", "3x", "0.5x", "10x"]


def test_run_is_found_by_its_name_and_by_its_path(tmp_path, monkeypatch):
    contract = spec(TESTS)
    folder = new_folder(tmp_path / "reports", contract)
    assert resume_folder(tmp_path / "reports", folder.id, contract).id == folder.id
    assert resume_folder(tmp_path / "elsewhere", str(folder.path), contract).path == folder.path
    monkeypatch.chdir(tmp_path / "reports")
    assert resume_folder(Path("none"), folder.id, contract).id == folder.id


def test_unknown_run_names_the_last_ones(tmp_path):
    contract = spec(TESTS)
    ids = sorted(new_folder(tmp_path, contract).id for _ in range(4))
    with pytest.raises(InputError, match="There is no run 2020") as refused:
        resume_folder(tmp_path, "2020", contract)
    assert all(run in str(refused.value) for run in ids[-3:]) and ids[0] not in str(refused.value)
    with pytest.raises(InputError, match=r"There is no run 2020 in .*empty\.$"):
        resume_folder(tmp_path / "empty", "2020", contract)


@pytest.mark.parametrize("run_id", ["", ".", "contract"])
def test_resuming_never_takes_the_users_own_folder_for_a_run_and_overwrites_the_spec(tmp_path, monkeypatch, run_id):
    home = tmp_path if run_id == "contract" else tmp_path / "contract"
    (tmp_path / "contract").mkdir()
    contract = spec(TESTS, folder=tmp_path / "contract")
    (tmp_path / "contract" / "spec.yaml").write_text("# mine\n" + resolved(contract))
    monkeypatch.chdir(home)
    with pytest.raises(InputError, match="There is no run"):
        resume_folder(Path("reports"), run_id, contract)
    assert (tmp_path / "contract" / "spec.yaml").read_text().startswith("# mine")


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "other"},
        {"model": {"variant": "nf4"}},
        {"system_prompt": "be short"},
        {"serving": {"max_concurrency": 2}},
        {"load": {"rate": 2}},
        {"slo": {"e2e_s": 2}},
        {"validity": {"client_cpu": 0.5}},
    ],
)
def test_run_is_not_resumed_under_another_contract(tmp_path, changed):
    folder = new_folder(tmp_path, spec(TESTS))
    before = folder.spec.read_text()
    with pytest.raises(InputError, match=f"The spec has changed since run {folder.id} began: {next(iter(changed))} "):
        resume_folder(tmp_path, folder.id, spec(TESTS, **changed))
    assert folder.spec.read_text() == before


def test_thresholds_prices_and_waivers_may_change_between_an_interruption_and_its_end(tmp_path):
    folder = new_folder(tmp_path, spec(TESTS))
    later = spec(
        {"latency": {"p50_s": 2}}, cost={"budget_per_inference": 1}, hardware="l4", skip={"safety": "by hand"}, evidence={"require": True}
    )
    assert resume_folder(tmp_path, folder.id, later).id == folder.id
    assert folder.spec.read_text() == resolved(later)
