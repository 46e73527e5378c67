"""The commands' outside."""

import subprocess
import sys

import pytest

from ftbench.cli import main
from tests.integration.scenario import call

COMMANDS = ("gate", "demo", "serve", "load", "capacity", "sweep", "plan", "doctor", "init", "report", "verify", "hardware")


def test_help_loads_neither_torch_nor_ray_nor_anything_slow(tmp_path):
    code = (
        "import sys\nsys.argv = ['ftbench', '--help']\nfrom ftbench.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0\n"
        "heavy = {'torch', 'ray', 'transformers', 'locust', 'gevent', 'pandas', 'scipy', 'pyarrow'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in COMMANDS:
        assert name in done.stdout


def test_a_gate_and_a_search_begin_without_what_only_some_of_them_need(tmp_path):
    slow = {"torch", "transformers", "ray", "gevent", "matplotlib", "statsmodels", "presidio_analyzer", "lark"}  # lark: jsonschema's
    code = f"import sys, ftbench.gate.run, ftbench.gate.series; print(sorted({slow!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, tmp_path):
    done = call(command, "--help", cwd=tmp_path)
    assert done.returncode == 0 and "Usage" in done.stdout


def test_hardware_list_has_a_price_and_a_date_state_for_every_device(tmp_path):
    done = call("hardware", "list", cwd=tmp_path)
    assert done.returncode == 0
    for device in ("l4", "a10g", "l40s", "a100-80-sxm", "h100-sxm", "h200-sxm", "c7i.8xlarge"):
        assert any(line.startswith(device) for line in done.stdout.splitlines()), device


def test_doctor_names_every_variant_and_a_broken_spec(tmp_path):
    (tmp_path / "spec.yaml").write_text("name: x\n")
    done = call("doctor", "spec.yaml", "--no-measure", cwd=tmp_path)
    assert done.returncode == 1
    for variant in ("fp32", "fp16", "bf16", "int8", "int8-no-outlier", "nf4", "nf4-dq", "fp4"):
        assert variant in done.stdout
    assert "is missing" in done.stdout


def test_doctor_is_content_with_what_init_writes(tmp_path):
    assert call("init", "mine", cwd=tmp_path).returncode == 0
    done = call("doctor", "mine", "--no-measure", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "accuracy 120 cases" in done.stdout


def test_ctrl_c_is_said_and_is_130(monkeypatch, tmp_path, capsys):
    from ftbench.gate import load_only

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(load_only, "run_load_only", interrupted)
    monkeypatch.setattr(sys, "argv", ["ftbench", "load", "--url", "http://127.0.0.1:9/v1", "--out", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130 and capsys.readouterr().err.strip() == "ftbench: interrupted"
