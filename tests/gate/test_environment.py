"""Where a run was made: enough to make it again, and nothing that is nobody's business."""

import getpass
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from ftbench.gate.environment import environment


def git(folder, *words):
    subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.org", *words], check=True, capture_output=True
    )


def test_machine_and_versions_are_named(tmp_path):
    found = environment(tmp_path)
    assert found["cores"] == os.cpu_count() and found["memory_gb"] > 0 and found["cpu"]
    assert found["packages"]["locust"] and found["packages"]["ray"] and found["python"] == platform.python_version()
    json.dumps(found)


def test_commit_of_the_spec_and_whether_it_was_changed_since(tmp_path):
    assert environment(tmp_path)["git"] is None
    git(tmp_path, "init")
    (tmp_path / "spec.yaml").write_text("a")
    assert environment(tmp_path)["git"] is None  # no commit yet
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "x")
    found = environment(tmp_path)["git"]
    assert len(found["commit"]) == 40 and found["dirty"] is False
    (tmp_path / "spec.yaml").write_text("b")
    assert environment(tmp_path)["git"] == {"commit": found["commit"], "dirty": True}


def test_no_host_name_no_home_folder_and_no_variable_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: pytest.fail("the host name was asked for"))
    monkeypatch.setenv("DESK_KEY", "the-secret-value")
    monkeypatch.setenv("HOME", "/home/eva.meier")
    monkeypatch.setattr(sys, "argv", ["ftbench", "gate", str(Path.home() / "contract" / "spec.yaml")])
    found = environment(tmp_path)
    assert found["command"] == "ftbench gate ~/contract/spec.yaml"
    text = json.dumps(found)
    assert "eva.meier" not in text and "the-secret-value" not in text
    assert getpass.getuser() not in found["command"]
