"""Whatever a user writes becomes a spec, or one sentence with file, line and a way out."""

import json
import os
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftbench.demo.files import demo_spec
from ftbench.errors import InputError
from ftbench.gate.run_folder import resolved
from ftbench.report.schema import SPEC_FILE
from ftbench.spec import Profile, Spec, read_spec, read_yaml

GOOD = """\
name: desk
model:
  path: embedded
load:
  rate: 2
slo:
  e2e_s: 1.5
tests:
  latency: {p50_s: 1}
"""


@pytest.fixture
def refusal(tmp_path):
    """Writes a spec's text, reads it, and returns the one sentence that it was refused with, the folder cut off."""

    def refuse(text: str | bytes) -> str:
        (tmp_path / "spec.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
        with pytest.raises(InputError) as refused:
            read_spec(tmp_path / "spec.yaml")
        message = str(refused.value)
        assert message.startswith(str(tmp_path / "spec.yaml")), message
        assert "\n" not in message and message[-1] in ".?)", message
        return message.removeprefix(f"{tmp_path}/")

    return refuse


def written(folder: Path, text: str = GOOD) -> Path:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_missing_file_names_the_command_that_writes_one(tmp_path):
    with pytest.raises(InputError, match=r"none\.yaml does not exist\. `ftbench init` writes"):
        read_spec(tmp_path / "none.yaml")


def test_folder_stands_for_the_spec_in_it(tmp_path):
    written(tmp_path)
    assert read_spec(tmp_path).name == "desk"
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty/spec\.yaml does not exist"):
        read_spec(tmp_path / "empty")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("name: x\nmodel: {path: [\nload: 1\n", 2, "not YAML"),
        ("name: x\nmodel: [1, 2}\nload: 1\n", 2, "not YAML"),
        (GOOD + "\ttab: 1\n", 10, "not YAML"),
        (GOOD + "---\n" + GOOD, 10, "another document"),
        (GOOD + "x: !!python/object:os.system {}\n", 10, "not YAML"),
        (GOOD + "serving: {max_concurency: 4}\n", 10, "unknown key `serving.max_concurency`. Did you mean `max_concurrency`?"),
        (GOOD.replace("  e2e_s", "  e2es"), 7, "unknown key `slo.e2es`. Did you mean `e2e_s`?"),
        (GOOD.replace("{p50_s: 1}", "{p50_s: 1, p50: 1}"), 9, "unknown key `tests.latency.p50`. Did you mean `p50_s`?"),
        (GOOD + "lod: {rate: 1}\n", 10, "unknown key `lod`. Did you mean `load`?"),
        (GOOD + "zebra: 1\n", 10, "unknown key `zebra`. Known here: schema, name, model,"),
        (GOOD + "schema_: ftbench.spec/1\n", 10, "Did you mean `schema`?"),
        (GOOD + "7: x\n", 10, "the key `7` is no text"),
        (GOOD.replace("rate: 2", "rate: fast"), 5, "`load.rate` is 'fast'"),
        (GOOD.replace("rate: 2", "rate:"), 5, "`load.rate` is empty"),
        (GOOD.replace("rate: 2", "rate: -1"), 5, "`load.rate` is -1: input should be greater than 0"),
        (GOOD.replace("rate: 2", "rate: .inf"), 5, "`load.rate` is inf: input should be a finite number"),
        (GOOD.replace("rate: 2", "rate: .nan"), 5, "`load.rate` is nan: input should be a finite number"),
        (GOOD.replace("rate: 2", "rate: yes"), 5, "`load.rate`: true, false, yes, no, on and off have no meaning here"),
        (GOOD.replace("rate: 2", "rate: 2\n  scales: [1, yes]"), 6, "`load.scales`: true, false"),
        (GOOD.replace("rate: 2", "rate: 2\n  scales: []"), 6, "`load.scales` is []"),
        (GOOD.replace("rate: 2", "rate: 2\n  scales: [1, 3, 0]"), 6, "`load.scales.2` is 0"),
        (GOOD.replace("rate: 2", "rate: 2\n  scales: [1, 3, 3.0]"), 6, "3 stands twice"),
        (GOOD.replace("rate: 2", "rate: 2\n  duration_s: 0"), 6, "`load.duration_s` is 0"),
        (GOOD.replace("rate: 2", "rate: 2\n  workers: 1.5"), 6, "`load.workers`: 1.5 is neither a whole number from 1 on nor `auto`"),
        (GOOD.replace("rate: 2", "rate: 2\n  workers: 0"), 6, "`load.workers`: 0 is neither"),
        (GOOD.replace("rate: 2", "rate: 2\n  workers: yes"), 6, "`load.workers`: true, false"),
        (GOOD.replace("rate: 2", "rate: 2\n  arrivals: gama"), 6, "Did you mean gamma?"),
        (GOOD.replace("rate: 2", "rate: 2\n  arrivals: gamma"), 4, "`load`: arrivals gamma needs `cv`."),
        (
            GOOD.replace("rate: 2", "rate: 2\n  steps:\n  - {duration_s: 5, rte: 1}"),
            7,
            "unknown key `load.steps.0.rte`. Did you mean `rate`?",
        ),
        (GOOD.replace("rate: 2", "rate: 2\n  bursts: {period: 5}"), 6, "unknown key `load.bursts.period`. Did you mean `period_s`?"),
        (GOOD.replace("rate: 2", "duration_s: 2"), 4, "`load.rate` is missing"),
        (GOOD.replace("rate: 2", "rate: 2\n  rate: 3"), 6, "`rate` is given twice"),
        (GOOD + "name: other\n", 10, "`name` is given twice. Keep one of them"),
        (GOOD.replace("path: embedded", "path: embedded\n  variant: nf5"), 4, "`model.variant` is 'nf5'; it must be one of: fp32,"),
        (GOOD.replace("path: embedded", "path: embedded\n  variant: int-8"), 4, "Did you mean int8?"),
        (GOOD + "endpoint: {url: 'http://x/v1'}\n", 1, "either `model` (ftbench serves it) or `endpoint`"),
        (GOOD.replace("model:\n  path: embedded\n", ""), 1, "either `model` (ftbench serves it) or `endpoint`"),
        (GOOD.replace("\n  e2e_s: 1.5", " 5"), 6, "`slo` is 5; it must be a section with keys of its own: ttft_s, tpot_s"),
        (GOOD.replace("\n  latency: {p50_s: 1}", " {latency: }"), 8, "`latency` is empty. Write `latency: {}`"),
        (GOOD.replace("{p50_s: 1}", "{}"), 9, "`tests.latency.p50_s` is missing"),
        (GOOD.replace("latency: {p50_s: 1}", "acuracy: {}"), 9, "Did you mean `accuracy`?"),
        (GOOD + "skip: {fairnes: later}\n", 10, "`skip.fairnes` is 'fairnes'"),
        (GOOD + "skip: {fairness: ' '}\n", 10, "`skip.fairness` is ' '"),
        (GOOD + "skip: {fairness: }\n", 10, "`skip.fairness` is empty"),
        (GOOD + "hardware: 2024-02-30\n", 10, "'2024-02-30' cannot be read"),
        (GOOD + "hardware: !!int l4\n", 10, "'l4' cannot be read"),
        (GOOD + 'system_prompt: "\\ud800"\n', 10, "cannot be read"),
        (
            GOOD.replace("name: desk", "schema: ftbench.spec/2\nname: desk"),
            1,
            "`schema` is 'ftbench.spec/2'; it must be one of: ftbench.spec/1",
        ),
    ],
)
def test_bad_input_is_one_sentence_with_file_line_and_way_out(refusal, text, line, says):
    message = refusal(text)
    assert message.startswith(f"spec.yaml, line {line}: "), message
    assert says in message


@pytest.mark.parametrize("text", ["", "# nothing\n", "- name: x\n", "just words\n", "null\n"])
def test_file_without_settings_shows_how_one_begins(refusal, text):
    assert "It must be a YAML mapping that begins like `name: ...`" in refusal(text)


@pytest.mark.parametrize("text", [b"name: \xff\xfe", b"name: \x00\n", b"\x80abc"])
def test_bytes_that_are_no_text_are_refused(refusal, text):
    refusal(text)


def test_nesting_and_aliases_that_lead_back_are_no_endless_recursion(refusal):
    assert "nested too deeply" in refusal(GOOD + "x: " + "[" * 5000)
    assert "unknown key `x`" in refusal(GOOD + "x: &a [*a]\n")
    bomb = "".join(f"x{i}: &x{i} [{', '.join([f'*x{i - 1}'] * 9) if i else 1}]\n" for i in range(30))
    assert "unknown key `x0`" in refusal(GOOD + bomb)


def test_a_value_as_long_as_a_file_is_shown_short(refusal):
    assert len(refusal(GOOD.replace("name: desk", f"name: [{', '.join(['word'] * 5000)}]"))) < 250


def test_misspelt_key_inside_a_list_of_sections_gets_the_nearest_name(tmp_path):
    (tmp_path / "p.yaml").write_text("id: x\nprices:\n  - per_huor: 1\n")
    with pytest.raises(InputError, match=r"line 3: unknown key `prices\.0\.per_huor`\. Did you mean `per_hour`\?"):
        read_yaml(tmp_path / "p.yaml", Profile)


def test_all_problems_are_counted_and_the_misspelt_key_comes_first(refusal):
    message = refusal(GOOD.replace("rate: 2", "rate: -2\n  duratoin_s: 3"))
    assert "Did you mean `duration_s`?" in message and message.endswith("(1 more problem in this file.)")


def test_windows_line_ends_and_byte_order_mark_are_no_mistake(tmp_path):
    (tmp_path / "spec.yaml").write_bytes(("\ufeff" + GOOD).replace("\n", "\r\n").encode())
    assert read_spec(tmp_path).slo.e2e_s == 1.5


def test_number_that_yaml_takes_for_text_is_read(tmp_path):
    assert read_spec(written(tmp_path, GOOD.replace("rate: 2", "rate: 1e3"))).load.rate == 1000


def test_relative_paths_start_at_the_spec_not_at_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "contract").mkdir()
    (tmp_path / "elsewhere").mkdir()
    written(tmp_path / "contract")
    monkeypatch.chdir(tmp_path / "elsewhere")
    spec = read_spec("../contract/spec.yaml")
    assert spec.path("golden.jsonl") == tmp_path / "contract" / "golden.jsonl"
    assert spec.path("/data/golden.jsonl") == Path("/data/golden.jsonl")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert spec.path("~/golden.jsonl") == tmp_path / "golden.jsonl"
    other = spec.but(hardware="l4")
    assert other.path("golden.jsonl") == tmp_path / "contract" / "golden.jsonl" and other.hardware == "l4"


def test_resolved_spec_reads_as_the_same_spec_with_every_default_written_out(tmp_path):
    spec = read_spec(written(tmp_path))
    again = read_spec(written(tmp_path, resolved(spec)))
    assert again == spec
    assert yaml.safe_load(resolved(spec))["evidence"]["zero_rate_bound"] == 0.03


def test_demo_spec_reads_and_meets_the_committed_schema():
    spec = read_spec(demo_spec())
    assert spec.model.path == "embedded" and spec.tests.accuracy.correct_rate is None
    schema = json.loads(SPEC_FILE.read_text(encoding="utf-8"))
    data = yaml.safe_load(demo_spec().read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(data)
    data["load"]["rte"] = 1
    assert not jsonschema.Draft202012Validator(schema).is_valid(data)
    assert read_spec(demo_spec().parent) == spec


def test_defaults_are_the_checklists_thresholds():
    spec = Spec.model_validate(
        {
            "name": "x",
            "model": {},
            "load": {"rate": 1},
            "slo": {},
            "tests": {"accuracy": {}, "format_compliance": {}, "latency": {"p50_s": 1}},
        }
    )
    tests = spec.tests
    assert (tests.accuracy.wrong_rate, tests.accuracy.category_share, tests.accuracy.min_cases) == (0.05, 0.03, 50)
    assert (tests.format_compliance.pass_rate, tests.format_compliance.min_cases) == (0.98, 50)
    assert (tests.latency.p99_over_p50, tests.latency.min_cases) == (3, 100)
    assert spec.cost.margin == 0.40 and spec.load.scales == [1, 3, 10]


def test_file_that_may_not_be_read_is_no_traceback(tmp_path):
    path = written(tmp_path)
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything
        path.unlink()
        path.symlink_to(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_spec(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=80),
        st.text(max_size=80).map(lambda t: t.encode("utf-8", "surrogatepass")),
        st.tuples(st.sampled_from(GOOD.splitlines()), st.text("[]{}&*!|>%@`:-?#'\"\\,\t\n ~01aeinx.", max_size=30)).map(
            lambda pair: GOOD.replace(pair[0], pair[0] + pair[1]).encode()
        ),
    )
)
def test_no_content_raises_anything_but_an_input_error(tmp_path, content):
    path = tmp_path / "spec.yaml"
    path.write_bytes(content)
    try:
        read_spec(path)
    except InputError as error:
        assert str(path) in str(error)
