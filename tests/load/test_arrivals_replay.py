"""A trace is replayed as it was, or refused in one sentence with file and line."""

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ftbench.errors import InputError
from ftbench.load.arrivals import Trace, replay
from ftbench.load.trace import read_trace

CSV = "timestamp_s,prompt_tokens,output_tokens\n100.5,10,5\n100.75,20,6\n103,30,7\n"
ON_DISK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(folder, text, name="trace.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(path) -> str:
    with pytest.raises(InputError) as error:
        read_trace(path)
    message = str(error.value)
    assert message.startswith(str(path)) and "\n" not in message and message[-1] == ".", message
    return message.removeprefix(str(path))


def test_csv_and_jsonl_say_the_same(tmp_path):
    rows = list(csv.DictReader(io.StringIO(CSV)))
    lines = "\n".join(json.dumps({name: float(value) for name, value in row.items()}) for row in rows)
    one, two = read_trace(write(tmp_path, CSV)), read_trace(write(tmp_path, lines, "trace.jsonl"))
    assert one.times_s == two.times_s == [0, 0.25, 2.5]
    assert one.output_tokens == two.output_tokens == [5, 6, 7] and one.prompt_tokens == two.prompt_tokens == [10, 20, 30]


def test_other_columns_byte_order_mark_and_blank_lines_do_no_harm(tmp_path):
    trace = read_trace(write(tmp_path, "\ufeffuser, timestamp_s\r\n\r\na, 1\r\nb, 1\r\nc, 4\r\n"))
    assert trace.times_s == [0, 0, 3] and trace.prompt_tokens is None and trace.output_tokens is None


def test_mean_rate_of_a_trace_is_not_one_request_too_high():
    """11 requests a second apart are 1/s, not 11 requests in 10 s."""
    trace = Trace(name="t", times_s=[float(k) for k in range(11)])
    assert (trace.rate, trace.length_s) == (pytest.approx(1.0), pytest.approx(11.0))


def test_replay_is_exact_and_a_scale_compresses_time():
    trace = Trace(name="t", times_s=[0, 0.1, 0.1, 7.3])
    assert replay(trace, 1).tolist() == trace.times_s
    assert replay(trace, 10) == pytest.approx(np.array(trace.times_s) / 10, abs=0)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("timestamp_s\n1\n2\n1.5\n", 4, "goes backwards, from 2 to 1.5"),
        ("timestamp_s\n1\nsoon\n", 3, "timestamp_s is 'soon', which is no finite number"),
        ("timestamp_s\n1\nnan\n", 3, "no finite number"),
        ("timestamp_s\n1\n1e999\n", 3, "no finite number"),
        ("timestamp_s\n1\n1_0\n", 3, "no finite number"),
        ("timestamp_s,x\n1,2\n,2\n", 3, "timestamp_s is ''"),
        ("time,output_tokens\n1,2\n", 1, "no column timestamp_s (seconds). The columns are: time, output_tokens"),
        ("timestamp_s,output_tokens\n1,2\n2\n", 3, "1 values under 2 columns"),
        ("timestamp_s,output_tokens\n1,2\n2,0\n", 3, "output_tokens is '0'; it must be a whole number of at least 1"),
        ("timestamp_s,prompt_tokens\n1,2.5\n", 2, "prompt_tokens is '2.5'; it must be a whole number"),
        ('timestamp_s\n1\n"2\n', 3, "not CSV"),
    ],
)
def test_a_bad_csv_is_one_sentence_with_its_line(tmp_path, text, line, says):
    message = refusal(write(tmp_path, text))
    assert message.startswith(f", line {line}: ") and says in message, message


@pytest.mark.parametrize(
    ("lines", "line", "says"),
    [
        (['{"timestamp_s": 2}', "", '{"timestamp_s": 1}'], 3, "goes backwards, from 2 to 1"),
        (['{"timestamp_s": 1}', '{"timestamp": 2}'], 2, "timestamp_s is missing"),
        (['{"timestamp_s": 1}', '{"timestamp_s": true}'], 2, "timestamp_s is True"),
        (['{"timestamp_s": 1}', '{"timestamp_s": null}'], 2, "timestamp_s is None"),
        (['{"timestamp_s": 1}', '{"timestamp_s": [2]}'], 2, "timestamp_s is [2]"),
        (['{"timestamp_s": NaN}'], 1, "no finite number"),
        (['{"timestamp_s": 1' + 400 * "0" + "}"], 1, "no finite number"),
        (['{"timestamp_s": 1}', "{"], 2, "not JSON"),
        (["1.5"], 1, "no JSON object"),
        (["[" * 100_000], 1, "not JSON"),
        (['{"timestamp_s": 1, "output_tokens": 4}', '{"timestamp_s": 2}'], 2, "output_tokens is not there"),
        (['{"timestamp_s": 1}', '{"timestamp_s": 2, "output_tokens": 4}'], 2, "output_tokens is new"),
    ],
)
def test_a_bad_jsonl_is_one_sentence_with_its_line(tmp_path, lines, line, says):
    message = refusal(write(tmp_path, "\n".join(lines), "trace.jsonl"))
    assert message.startswith(f", line {line}: ") and says in message, message


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("trace.csv", "", "no request"),
        ("trace.csv", "timestamp_s\n", "no request"),
        ("trace.jsonl", "\n\n", "no request"),
        ("trace.csv", "timestamp_s\n3\n", "one request"),
        ("trace.csv", "timestamp_s\n3\n3\n3\n", "it has no rate"),
        ("trace.csv", "timestamp_s\n-1e308\n1e308\n", "it has no rate"),
        ("trace.json", "[]", ".csv or a .jsonl"),
        ("trace.csv", b"\xff\xfe\x00", "cannot be read as UTF-8"),
    ],
)
def test_a_file_without_a_rate_is_refused(tmp_path, name, text, says):
    assert says in refusal(write(tmp_path, text, name))


def test_a_missing_trace_and_a_folder_are_refused(tmp_path):
    assert "does not exist" in refusal(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    assert "cannot be read" in refusal(tmp_path / "folder.csv")


@ON_DISK
@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.integers(1, 10**6)), min_size=2, max_size=30).filter(
        lambda rows: min(rows)[0] < max(rows)[0]
    ),
    st.booleans(),
)
def test_what_was_written_is_what_is_replayed(tmp_path, rows, as_csv):
    rows = sorted(rows)
    if as_csv:
        text = "timestamp_s,output_tokens\n" + "".join(f"{at!r},{tokens}\n" for at, tokens in rows)
    else:
        text = "".join(json.dumps({"timestamp_s": at, "output_tokens": tokens}) + "\n" for at, tokens in rows)
    trace = read_trace(write(tmp_path, text, "trace.csv" if as_csv else "trace.jsonl"))
    assert trace.times_s == [at - rows[0][0] for at, _ in rows]
    assert trace.output_tokens == [tokens for _, tokens in rows]
    assert trace.times_s[-1] < trace.length_s


@ON_DISK
@given(
    st.sampled_from(["trace.csv", "trace.jsonl"]),
    st.one_of(
        st.binary(max_size=80),
        st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.text('timesap_,"\n\r\x00{}[]:1.eE-+\u2028', max_size=60).map(lambda text: b"timestamp_s,output_tokens\n" + text.encode()),
        st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), st.lists, max_leaves=5).map(
            lambda value: json.dumps({"timestamp_s": value}).encode()
        ),
    ),
)
def test_no_content_raises_anything_but_an_input_error(tmp_path, name, content):
    path = write(tmp_path, content, name)
    try:
        assert len(read_trace(path).times_s) >= 2
    except InputError as error:
        assert str(path) in str(error)
