"""What `ftbench capacity` and `ftbench sweep` make of options that contradict each other."""

import sys

import pytest

from ftbench.cli import main


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["capacity", "--out", "o"], "either a SPEC or --url"),
        (["capacity", "spec.yaml", "--url", "http://x/v1", "--out", "o"], "either a SPEC or --url"),
        (["capacity", "spec.yaml", "--slo-ttft", "1", "--out", "o"], "--slo-ttft belongs to --url"),
        (["sweep", "--url", "http://x/v1", "--out", "o"], "give --rates"),
        (["sweep", "--url", "http://x/v1", "--rates", "1", "--concurrency", "1", "--out", "o"], "give --rates"),
        (["sweep", "--url", "http://x/v1", "--rates", "1..8", "--out", "o"], "by which factor"),
        (["sweep", "--url", "http://x/v1", "--rates", "1", "--think", "1", "--out", "o"], "--think belongs to --concurrency"),
        (["sweep", "--url", "http://x/v1", "--concurrency", "1", "--cv", "2", "--out", "o"], "--cv belongs to --rates"),
        (["sweep", "--url", "http://x/v1", "--concurrency", "1", "--rate", "2", "--out", "o"], "--rate is of one run"),
    ],
)
def test_wrong_words_are_code_2_and_one_sentence_before_anything_is_sent(words, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["ftbench", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2 and says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
