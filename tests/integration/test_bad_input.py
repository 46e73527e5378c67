"""Wrong input: one sentence that says what, where and how to mend it, exit code 2, no traceback, nothing started."""

import json
import shutil
import socket

import pytest
import yaml

from tests.integration.scenario import LABELS, call, write_contract


@pytest.fixture
def contract(tmp_path, tiny_model_folder):
    return write_contract(tmp_path, tiny_model_folder)


def change(spec, **sections):
    data = yaml.safe_load(spec.read_text())
    for name, value in sections.items():
        if isinstance(value, dict) and isinstance(data.get(name), dict):
            data[name].update(value)
        else:
            data[name] = value
    spec.write_text(yaml.safe_dump({k: v for k, v in data.items() if v is not None}))


def refused(spec, *says: str, words: tuple[str, ...] = ()):
    done = call("gate", str(spec), *words, cwd=spec.parent)
    assert done.returncode == 2, (done.stdout, done.stderr)
    *before, last = (line for line in done.stderr.splitlines() if line)
    assert last.startswith("ftbench: "), done.stderr
    assert all(line.startswith(("Getting the model", "Asking the endpoint")) for line in before), done.stderr
    for word in says:
        assert word in last, last
    assert not (spec.parent / "reports").exists()


def test_missing_spec(tmp_path):
    refused(tmp_path / "none.yaml", "none.yaml does not exist", "ftbench init")


def test_yaml_that_does_not_parse_names_file_and_line(contract):
    contract.write_text("name: x\nmodel: {path: a}\nload: rate: 1\n")
    refused(contract, "spec.yaml, line 3", "not YAML")


def test_unknown_key_gets_the_nearest_name(contract):
    change(contract, serving={"max_concurency": 4})
    refused(contract, "unknown key `serving.max_concurency`", "Did you mean `max_concurrency`?")


def test_wrong_type(contract):
    change(contract, load={"rate": "fast"})
    refused(contract, "`load.rate` is 'fast'")


def test_negative_rate_and_zero_duration(contract):
    change(contract, load={"rate": -1})
    refused(contract, "`load.rate` is -1")
    change(contract, load={"rate": 1, "duration_s": 0})
    refused(contract, "`load.duration_s` is 0")


def test_missing_test_set(contract):
    change(contract, tests={"accuracy": {"cases": "gone.jsonl", "labels": LABELS}})
    refused(contract, "gone.jsonl does not exist", "tests.accuracy.cases")


def test_line_that_is_not_json_has_its_number(contract):
    golden = contract.parent / "golden.jsonl"
    lines = golden.read_text().splitlines()
    golden.write_text("\n".join([*lines[:16], "{broken", *lines[17:]]))
    refused(contract, "golden.jsonl, line 17", "not JSON")


def test_duplicate_ids_name_both_lines(contract):
    golden = contract.parent / "golden.jsonl"
    golden.write_text(golden.read_text() + golden.read_text().splitlines()[2] + "\n")
    refused(contract, "line 51", "line 3")


def test_empty_test_set(contract):
    (contract.parent / "format.jsonl").write_text("\n")
    refused(contract, "format.jsonl holds no case")


def test_golden_case_without_label(contract):
    golden = contract.parent / "golden.jsonl"
    golden.write_text(golden.read_text() + json.dumps({"id": "x", "prompt": "y"}) + "\n")
    refused(contract, "'x'", '"label" is missing', "billing, delivery, other")


def test_unknown_variant_in_spec_and_on_the_command_line(contract):
    refused(contract, "nf5", "nf4", words=("--variant", "nf5"))
    change(contract, model={"variant": "nf5"})
    refused(contract, "`model.variant` is 'nf5'", "Did you mean nf4?")


def test_unknown_hardware_profile(contract):
    change(contract, hardware="l44")
    refused(contract, "l44", "l4")


def test_model_folder_without_weights(contract, tiny_model_folder):
    folder = contract.parent / "broken"
    shutil.copytree(tiny_model_folder, folder)
    (folder / "model.safetensors").unlink()
    change(contract, model={"path": "broken"})
    refused(contract, "broken", "weights")


def test_model_folder_without_tokenizer(contract, tiny_model_folder):
    folder = contract.parent / "broken"
    shutil.copytree(tiny_model_folder, folder)
    (folder / "tokenizer.json").unlink()
    change(contract, model={"path": "broken"})
    refused(contract, "tokenizer")


def test_adapter_of_another_base(contract, tiny_model_folder, tmp_path):
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from tests.conftest import make_tiny_model

    other = make_tiny_model(tmp_path / "other", hidden=32)
    lora = get_peft_model(AutoModelForCausalLM.from_pretrained(other), LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM"))
    lora.save_pretrained(contract.parent / "adapter")
    change(contract, model={"adapter": "adapter"})
    refused(contract, "adapter", "q_proj")


def test_gpus_asked_for_where_there_are_none(contract):
    change(contract, serving={"gpus_per_replica": 1, "cpu_threads": None})
    refused(contract, "GPU")


def test_port_in_use(contract):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        change(contract, serving={"port": taken.getsockname()[1]})
        refused(contract, f"Port {taken.getsockname()[1]}", "serving.port")


def test_unreachable_endpoint(contract):
    change(contract, model=None, endpoint={"url": "http://127.0.0.1:9/v1"})
    refused(contract, "http://127.0.0.1:9/v1 cannot be reached")


def test_endpoint_without_scheme_and_key_variable_not_set(contract):
    change(contract, model=None, endpoint={"url": "localhost:8000/v1"})
    refused(contract, "localhost:8000/v1", "http")
    change(contract, endpoint={"url": "http://127.0.0.1:9/v1", "api_key_env": "NO_SUCH_KEY"})
    refused(contract, "NO_SUCH_KEY")


def test_a_budget_in_another_currency_than_the_price(contract):
    change(contract, hardware="l4", cost={"currency": "EUR", "price_per_hour": None})
    refused(contract, "EUR", "USD")


def test_waived_and_configured_at_once(contract):
    change(contract, skip={"latency": "later"})
    refused(contract, "skip.latency")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--url", "localhost:1", "--rate", "1"], "http"),
        (["--url", "http://127.0.0.1:9/v1", "--rate", "-1"], "rate"),
        (["--url", "http://127.0.0.1:9/v1", "--duration", "0"], "duration"),
        (["--url", "http://127.0.0.1:9/v1", "--arrivals", "random"], "arrivals"),
        (["--url", "http://127.0.0.1:9/v1", "--arrivals", "constant", "--cv", "2"], "`cv` belongs to arrivals gamma"),
        (["--url", "http://127.0.0.1:9/v1", "--trace", "none.csv"], "none.csv does not exist"),
        (["--url", "http://127.0.0.1:9/v1", "--trace", "none.csv", "--rate", "2"], "--rate has no meaning with --trace"),
        (["--url", "http://127.0.0.1:9/v1"], "cannot be reached"),
        (["--url", "http://127.0.0.1:9/v1", "--prompts", "none.jsonl"], "none.jsonl does not exist"),
    ],
)
def test_load_without_a_spec(tmp_path, words, says):
    done = call("load", *words, "--out", "out", cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_unknown_command_and_option_are_exit_code_2(tmp_path):
    for words in (["gat"], ["gate", "--varient", "x"], ["gate"]):
        done = call(*words, cwd=tmp_path)
        assert done.returncode == 2 and "Usage" in done.stderr


def test_resume_of_a_run_that_never_was(contract):
    done = call("gate", str(contract), "--resume", "nothing", cwd=contract.parent)
    assert done.returncode == 2 and "There is no run nothing" in done.stderr


def test_init_overwrites_nothing(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "spec.yaml").write_text("x")
    done = call("init", "mine", cwd=tmp_path)
    assert done.returncode == 2 and (tmp_path / "mine" / "spec.yaml").read_text() == "x"


def test_report_of_nothing(tmp_path):
    done = call("report", "none", cwd=tmp_path)
    assert done.returncode == 2 and "none does not exist" in done.stderr
