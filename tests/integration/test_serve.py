"""`ftbench serve`: up until it is told to end."""

import signal

import openai
import pytest

from tests.integration.scenario import ended, start, survivors, write_contract

pytestmark = pytest.mark.slow


def test_serve_answers_until_it_is_told_to_end_and_leaves_nothing(tmp_path, tiny_model_folder):
    write_contract(tmp_path / "contract", tiny_model_folder)
    process, tag = start("serve", "contract", "--variant", "int8", cwd=tmp_path)
    line = process.stdout.readline()
    assert "(int8) answers at http://127.0.0.1:" in line, process.stderr.read()[-2000:]
    url = next(word for word in line.split() if word.startswith("http")).rstrip(".")
    client = openai.OpenAI(base_url=url, api_key="none", max_retries=0)
    (model,) = client.models.list()
    answer = client.chat.completions.create(model=model.id, messages=[{"role": "user", "content": "hello"}], max_tokens=4)
    assert answer.usage.completion_tokens >= 1
    process.send_signal(signal.SIGTERM)  # Ray has a handler of its own for this one; the others are in tests/gate/test_hold.py
    rest = ended(process, tag)
    assert process.returncode == 130 and "Traceback" not in rest, rest[-2000:]
    assert survivors(tag) == []
