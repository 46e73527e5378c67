"""Wrong input: one sentence that says what, where and how to mend it, exit code 2, no traceback, nothing started."""

import json
import shutil
import socket

import pytest
import yaml

from tests.integration.scenario import LABELS, call, write_contract
from tests.load import conftest
from tests.load.one_model import one_model
from tests.load.test_probe import PEM


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


endpoint = conftest.endpoint
NOBODY = "http://127.0.0.1:9/v1"


def load_refused(folder, *words: str) -> str:
    """The one sentence with which `ftbench load` ends; it has left nothing behind."""
    before = sorted(folder.rglob("*"))
    done = call("load", *words, "--out", "out", cwd=folder)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert not done.stdout and sorted(folder.rglob("*")) == before
    [line] = done.stderr.strip().splitlines()
    return line


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--rate -1", "rate"),
        ("--duration 0", "duration"),
        ("--arrivals random", "arrivals"),
        ("--arrivals constant --cv 2", "`cv` belongs to arrivals gamma"),
        ("--cv 2 --ramp 1..2", "`ramp` belongs to arrivals ramp"),
        ("--trace none.csv", "none.csv does not exist"),
        ("--steps 60:1 --rate 2", "--rate has no meaning with --steps"),
        ("--steps 60:1,fast", "--steps takes duration:rate"),
        ("--steps 60:1,60:2 --duration 60", "--steps last 120 s together and --duration says 60"),
        ("--steps 60:0", "no traffic"),
        ("--bursts 5:60:4", "does not end within its period"),
        ("--ramp 1-10", "such as 1..10"),
        ("--speed 2", "--speed is how fast a trace is replayed"),
        ("--concurrency 4 --rate 2", "`rate` has no meaning in a closed loop"),
        ("--concurrency 4 --cv 2", "`cv` has no meaning in a closed loop"),
        ("--concurrency 0", "concurrency"),
        ("--concurrency 4 --stages 30:8", "make them agree"),
        ("--think 1", "--think belongs to a closed loop"),
        ("--warmup until", "auto for until steady"),
        ("--in-flight-cap 0", "in_flight_cap"),
        ("--abort-error-rate 2", "abort_error_rate"),
        ("--api chats", "api"),
        ("--extra-body {top_p:1}", "JSON object in quotes"),
        ("--slo ttft=1", "has no name"),
        ("--validity cpu=1", "client_cpu"),
        ("--workers 0", "whole number"),
        ("--rate 100000 --duration 1", "cannot be sent by 1 load process"),
        ("--workers 2 --ray-address 127.0.0.1:6379", "--per-node instead"),
        ("--synthetic 512", "in=512,out=128"),
        ("--synthetic in=512", "--tokenizer"),
        ("--synthetic in=512 --prompts x.jsonl", "exclude each other"),
        ("", "cannot be reached"),
        ("--prompts none.jsonl", "none.jsonl does not exist"),
        ("--ca-file none.pem", "none.pem"),
        ("--api-key-env NO_SUCH_KEY", "NO_SUCH_KEY is not set"),
    ],
)
def test_load_with_words_that_mean_nothing(tmp_path, words, says):
    assert says in load_refused(tmp_path, "--url", NOBODY, *words.split())


def test_load_at_a_url_without_a_scheme(tmp_path):
    assert "http://" in load_refused(tmp_path, "--url", "localhost:1")


def test_load_with_a_rate_beside_a_trace(tmp_path):
    (tmp_path / "trace.csv").write_text("timestamp_s\n0\n1\n")
    says = "--rate has no meaning with --trace"
    assert says in load_refused(tmp_path, "--url", NOBODY, "--trace", "trace.csv", "--rate", "2")


def test_load_with_a_trace_that_goes_backwards(tmp_path):
    (tmp_path / "trace.csv").write_text("timestamp_s\n0\n2\n1.5\n")
    assert "trace.csv, line 4: timestamp_s goes backwards" in load_refused(tmp_path, "--url", NOBODY, "--trace", "trace.csv")


def test_load_with_a_certificate_that_nobody_here_trusts(tmp_path, endpoint):
    says = load_refused(tmp_path, "--url", endpoint(tls=PEM))
    assert "no TLS connection that can be trusted" in says and "--ca-file" in says and "--insecure" in says


@pytest.mark.parametrize(("fault", "says"), [("html", "web page"), ("no_stream", "does not stream"), ("404", "answered 404")])
def test_load_on_an_endpoint_that_cannot_be_measured(tmp_path, endpoint, fault, says):
    assert says in load_refused(tmp_path, "--url", endpoint(faults=[fault], every=1))


def test_load_with_prompts_that_exceed_the_context(tmp_path):
    (tmp_path / "long.jsonl").write_text(json.dumps({"id": "1", "prompt": "word " * 99}) + "\n")
    with one_model(most=300) as server:
        says = load_refused(tmp_path, "--url", server.url, "--prompts", "long.jsonl")
    assert "answered 400" in says and "longest prompt" in says and "maximum context length" in says


def test_load_does_not_replace_a_finished_run_unasked(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "requests.parquet").write_text("a run")
    assert "--overwrite" in load_refused(tmp_path, "--url", NOBODY)
    assert "cannot be reached" in load_refused(tmp_path, "--url", NOBODY, "--overwrite")
    assert (tmp_path / "out" / "requests.parquet").read_text() == "a run"  # kept until there is another


def test_unknown_command_and_option_are_exit_code_2(tmp_path):
    for words in (["gat"], ["gate", "--varient", "x"], ["serve"]):
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
