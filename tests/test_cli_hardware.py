"""`ftbench hardware` as a user runs it."""

import json
import subprocess
import sys

import pytest

from tests.cost.test_user_profiles import write
from tests.integration.scenario import run


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setenv("FTBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FTBENCH_CACHE", str(tmp_path / "cache"))


def test_add_list_show_check_know_a_profile_of_ones_own(tmp_path):
    write(tmp_path)
    done = run("hardware", "add", "profile.yaml", cwd=tmp_path)
    assert done.returncode == 0 and "hardware: our-rack" in done.stdout
    rows = {row["id"]: row for row in json.loads(run("hardware", "list", "--json", cwd=tmp_path).stdout)}
    assert rows["our-rack"]["origin"] == "yours" and rows["l4"]["origin"] == "shipped" and rows["our-rack"]["price_per_device_hour"] == 0.5
    assert json.loads(run("hardware", "show", "our-rack", "--json", cwd=tmp_path).stdout)["memory_gb"] == 48
    assert "our-rack" in run("hardware", "list", cwd=tmp_path).stdout
    again = run("hardware", "add", "profile.yaml", cwd=tmp_path)
    assert again.returncode == 2 and again.stderr.count("\n") == 1 and "--replace" in again.stderr


def test_bad_profile_is_one_sentence_and_exit_code_two(tmp_path):
    write(tmp_path, extra="tdp_w: 300\n")
    done = run("hardware", "add", "profile.yaml", cwd=tmp_path)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1
    assert "profile.yaml, line" in done.stderr and "unknown key `tdp_w`" in done.stderr


def test_strict_check_fails_a_build_over_a_stale_price_and_the_plain_one_only_says_it(tmp_path):
    write(tmp_path, day="2025-01-01")
    assert run("hardware", "check", "./profile.yaml", cwd=tmp_path).returncode == 0
    done = run("hardware", "check", "./profile.yaml", "--strict", cwd=tmp_path)
    assert done.returncode == 1 and "stale" in done.stdout
    found = json.loads(run("hardware", "check", "./profile.yaml", "--json", cwd=tmp_path).stdout)
    assert found[0]["fails_strict"] is True


def test_shown_yaml_can_be_added_under_another_id(tmp_path):
    shown = run("hardware", "show", "l4", "--yaml", cwd=tmp_path).stdout
    (tmp_path / "mine.yaml").write_text(shown.replace("id: l4", "id: my-l4"))
    done = run("hardware", "add", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "undated" in done.stdout


def test_list_answers_without_torch(tmp_path):
    code = (
        "import sys\nsys.argv = ['ftbench', 'hardware', 'list']\nfrom ftbench.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'torch', 'ray', 'transformers', 'scipy'} & set(sys.modules)\nassert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
