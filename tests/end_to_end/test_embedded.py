"""The demo's own contract on the embedded model, cut to a minute: a real fine-tuned model in a quantized variant, from spec to report."""

import json

import pytest
import yaml

from tests.integration.scenario import run

pytestmark = pytest.mark.slow


def test_demo_contract_in_nf4_ends_with_a_verdict_on_real_answers(tmp_path):
    assert run("init", "mine", cwd=tmp_path).returncode == 0
    spec = yaml.safe_load((tmp_path / "mine" / "spec.yaml").read_text())
    spec["load"] |= {"rate": 2, "scales": [1], "min_requests": 10, "duration_s": 5, "warmup_s": 1, "max_tokens": 4}
    spec["validity"] = {"send_lag_p99_s": 5, "achieved_rate_error": 0.5}
    spec["skip"] = dict.fromkeys(set(spec["tests"]) - {"accuracy", "format_compliance", "latency", "inference_cost"}, "too long for a test")
    spec["tests"] = {name: section for name, section in spec["tests"].items() if name not in spec["skip"]}
    spec["tests"]["accuracy"] |= {"max_tokens": 2, "min_cases": 12}
    spec["tests"]["format_compliance"] |= {"max_tokens": 3, "min_cases": 12}
    spec["tests"]["latency"] |= {"min_cases": 10}
    (tmp_path / "mine" / "spec.yaml").write_text(yaml.safe_dump(spec))
    for name, kept in (("golden", slice(12)), ("format", slice(-12, None))):  # the edge cases are the last ones
        path = tmp_path / "mine" / f"{name}.jsonl"
        path.write_text("\n".join(path.read_text(encoding="utf-8").rstrip("\n").split("\n")[kept]) + "\n", encoding="utf-8")
    done = run("gate", "mine", "--variant", "nf4", cwd=tmp_path, timeout_s=500)
    assert done.returncode == 1, done.stderr[-3000:]
    (folder,) = (p.parent for p in (tmp_path / "reports").glob("*/spec.yaml"))
    report = json.loads((folder / "report.json").read_text())
    assert report["model"]["variant"] == "nf4" and report["model"]["adapter"] == "adapter" and len(report["model"]["fingerprint"]) == 64
    assert any("dequantized from 4 bits" in note for note in report["model"]["notes"])
    answers = [json.loads(line) for line in (folder / "generations.jsonl").read_text(encoding="utf-8").split("\n") if line]
    assert len(answers) == 24 and not [a for a in answers if a["error"]]
    assert sum(bool(a["text"].strip()) for a in answers) > 16
    assert report["load"][0]["n_ok"] >= 10 and report["load"][0]["token_count_source"] == "usage"
    assert report["cost"][0]["breakdown"]["compute"] > 0
