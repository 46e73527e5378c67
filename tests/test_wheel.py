"""What is in the wheel."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_installed_ftbench_brings_locustfiles_jobs_profiles_and_demo(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    names = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    for wanted in (
        "ftbench/shipped/locustfiles/open_loop.py",
        "ftbench/shipped/ray_jobs/gate.py",
        "ftbench/shipped/hardware_profiles/l4.yaml",
        "ftbench/demo/data/spec.yaml",
        "ftbench/demo/data/golden.jsonl",
        "ftbench/demo/data/ticket.schema.json",
        "ftbench/demo/data/adapter/adapter_model.safetensors",
        "ftbench/demo/data/adapter/adapter_config.json",
        "ftbench/report/report.schema.json",
        "ftbench/spec/spec.schema.json",
        "ftbench/report/templates/report.html.j2",
    ):
        assert wanted in names, wanted
    assert not [name for name in names if name.startswith("tests/")]
