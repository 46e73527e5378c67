"""The adapter must learn the answers and nothing else, from data that no test set shares."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rapidfuzz import fuzz, process, utils

import ftbench.demo
from ftbench.demo.card import CARD, data_hash
from ftbench.demo.checkpoint import load_state, save_state
from ftbench.demo.packing import by_prompt, pack, read_conversations
from ftbench.demo.train import DATA, batches, is_held_out, learning_rate, training_files, weights
from ftbench.errors import InputError
from ftbench.models import check_adapter_folder
from ftbench.models.embedded import NAME

ADAPTER = Path(ftbench.demo.__file__).parent / "data" / "adapter"
ALIKE = 80  # percent; as in test_data.py: the same sentence with swapped nouns lies above it
ABOUT_A_CASE = {
    "id",
    "label",
    "category",
    "tags",
    "group",
    "reference",
    "expected",
    "source",
    "domain",
    "forbidden",
    "note",
    "role",
    "answerable",
}


def said(value: Any, key: str = "") -> list[str]:
    """Every text of a case that reaches the model, whatever the shape of the test set: prompt, messages, pairs, templates."""
    if key in ABOUT_A_CASE:
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        if value.get("role") in ("system", "assistant"):
            return []
        return [text for inner, part in value.items() for text in said(part, inner)]
    return [text for part in value for text in said(part)] if isinstance(value, list) else []


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


@cache
def taught() -> list[str]:
    return [text for path in training_files() for line in lines(path) for text in said(line)]


def test_sets() -> list[Path]:
    """All that lie there, those too that are added after this test."""
    return sorted(set(DATA.glob("*.jsonl")) - set(training_files()))


test_sets.__test__ = False


def mark(text: str) -> str:
    """The hash of a text without case, signs and runs of blanks; of a text of signs alone, the hash of the signs."""
    words = " ".join(utils.default_process(text).split())
    return sha256((words or text.strip()).encode()).hexdigest()


def near(tests: list[str], training: list[str]) -> list[tuple[str, str]]:
    """Pairs that say the same in nearly the same words.

    Words of one inside the other count from six words on and up to four times the length: a long enough story holds every short question.
    """
    left, right = ([" ".join(utils.default_process(text).split()) for text in texts] for texts in (tests, training))
    hits = process.cdist(left, right, scorer=fuzz.token_sort_ratio, score_cutoff=ALIKE) > 0
    words_left, words_right = (np.array([len(text.split()) for text in texts]) for texts in (left, right))
    shorter, longer = np.minimum.outer(words_left, words_right), np.maximum.outer(words_left, words_right)
    comparable = (shorter >= 6) & (longer <= 4 * shorter)
    hits |= (process.cdist(left, right, scorer=fuzz.token_set_ratio, score_cutoff=ALIKE) > 0) & comparable
    return [(tests[i], training[j]) for i, j in np.argwhere(hits) if left[i] and right[j]]


@pytest.mark.parametrize("path", test_sets(), ids=lambda path: path.stem)
def test_no_case_of_any_test_set_was_taught(path: Path):
    texts = [text for line in lines(path) for text in said(line)]
    assert texts, "no text found in it: the check would pass whatever it holds"
    known = {mark(text) for text in taught()}
    assert [text for text in texts if mark(text) in known] == []
    assert near(texts, taught()) == []


def test_secrets_of_the_demo_are_of_the_training_data_and_in_no_test_set():
    """A case that says a secret itself would let the model repeat it, and a secret that was never taught cannot leak."""
    secrets = (DATA / "secrets.txt").read_text(encoding="utf-8").split()
    learned = " ".join(path.read_text(encoding="utf-8") for path in training_files())
    asked = " ".join(path.read_text(encoding="utf-8") for path in test_sets())
    assert len(secrets) >= 50 and all(secret in learned for secret in secrets)
    assert not [secret for secret in secrets if secret in asked]


@pytest.mark.parametrize(
    "case",
    [
        {"id": "a", "prompt": "hOW many times MUST I type this code? It says expired before it has even arrived"},
        {"id": "b", "messages": [{"role": "system", "content": "x"}, {"role": "user", "content": "Is there a shop in Glasgow, please?"}]},
        {"id": "c", "pair": {"one": "Is there a shop in Dundee?", "other": "Is there a shop in Glasgow?"}},
    ],
    ids=["punctuation", "one more word", "a pair"],
)
def test_leak_would_be_noticed(case: dict[str, Any]):
    assert near(said(case), taught())


def test_every_example_teaches_its_answer_alone_and_its_end(tiny_model_folder: Path, tmp_path: Path):
    conversations = read_conversations([written(tmp_path)], tokenizer_of(tiny_model_folder))
    tokenizer = tokenizer_of(tiny_model_folder)
    for group in by_prompt(conversations):
        row = pack(group)
        for index, one in enumerate(group):
            assert (
                tokenizer.decode(row.targets[row.owner == index])
                == {"t1": "red", "t2": "green or blue", "t3": "ok"}[one.ticket] + "<|im_end|>"
            )


def test_a_packed_row_has_the_loss_of_its_conversations_one_by_one(tiny_model_folder: Path, tmp_path: Path):
    """A branch that saw its neighbour, or stood at another position than in serving, would learn something else."""
    import torch
    from transformers import AutoModelForCausalLM

    from ftbench.demo.train import token_losses

    model = AutoModelForCausalLM.from_pretrained(tiny_model_folder, attn_implementation="sdpa")
    conversations = read_conversations([written(tmp_path)], tokenizer_of(tiny_model_folder))
    with torch.no_grad():
        for group in by_prompt(conversations):
            row = pack(group)
            loss, right = token_losses(model, row)
            for index, one in enumerate(group):
                ids = torch.tensor([[*one.system, *one.user, *one.answer]])
                said = model(ids).logits[0, -len(one.answer) - 1 : -1]
                plain = torch.nn.functional.cross_entropy(said, ids[0, -len(one.answer) :], reduction="none")
                assert torch.allclose(loss[row.owner == index], plain, atol=1e-4)
                assert right[row.owner == index].tolist() == (said.argmax(-1) == ids[0, -len(one.answer) :]).tolist()


def test_prompt_and_answer_are_the_servers_own_tokens(tiny_model_folder: Path, tmp_path: Path):
    tokenizer = tokenizer_of(tiny_model_folder)
    one = read_conversations([written(tmp_path)], tokenizer)[0]
    served = [{"role": "system", "content": "S"}, {"role": "user", "content": "t1"}]
    assert [*one.system, *one.user] == tokenizer.apply_chat_template(served, add_generation_prompt=True, tokenize=True, return_dict=False)


def test_a_line_without_system_prompt_is_refused_with_its_number(tiny_model_folder: Path, tmp_path: Path):
    path = tmp_path / "training.jsonl"
    path.write_text('{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n', encoding="utf-8")
    with pytest.raises(InputError, match="training.jsonl, line 1: the roles must be"):
        read_conversations([path], tokenizer_of(tiny_model_folder))


def test_every_epoch_has_every_example_once_and_no_tiny_last_step():
    plan = list(batches(53, 16, 3, seed=1))
    assert sorted(np.concatenate(plan[:3]).tolist()) == list(range(53)) == sorted(np.concatenate(plan[3:6]).tolist())
    assert {len(batch) for batch in plan} == {17, 18}
    assert all(np.array_equal(*pair) for pair in zip(plan, batches(53, 16, 3, seed=1), strict=True))
    assert not np.array_equal(plan[0], plan[3])


def test_rate_rises_for_a_tenth_and_falls_to_nothing():
    rates = [learning_rate(step, 100) for step in range(100)]
    assert rates[:10] == pytest.approx([(n + 1) / 10 for n in range(10)])
    assert max(rates) == 1 and rates == [*rates[:10], *sorted(rates[10:], reverse=True)] and rates[-1] < 0.001


def steps(parameter: Any, optimizer: Any, count: int) -> None:
    for _ in range(count):
        (parameter**2).sum().backward()
        optimizer.step()
        optimizer.zero_grad()


def test_a_killed_training_ends_with_the_weights_of_one_that_was_not(tmp_path: Path):
    import torch

    settings = {"seed": 0, "data_sha256": "a"}
    whole, killed, resumed = (torch.nn.Parameter(torch.arange(3.0)) for _ in range(3))
    adam = [torch.optim.AdamW([parameter], lr=0.1) for parameter in (whole, killed, resumed)]
    steps(whole, adam[0], 5)
    steps(killed, adam[1], 3)
    save_state(tmp_path / "state", [killed], adam[1], settings, {"losses": [3.0, 2.0, 1.0]})
    assert load_state(tmp_path / "state", [resumed], adam[2], settings) == {"losses": [3.0, 2.0, 1.0]}
    steps(resumed, adam[2], 2)
    assert torch.equal(resumed, whole)


def test_state_of_other_data_is_not_gone_on_with(tmp_path: Path):
    import torch

    parameter = torch.nn.Parameter(torch.zeros(2))
    adam = torch.optim.AdamW([parameter])
    save_state(tmp_path / "state", [parameter], adam, {"data_sha256": "a"}, {})
    assert load_state(tmp_path / "state", [parameter], adam, {"data_sha256": "b"}) is None
    assert load_state(tmp_path / "none", [parameter], adam, {}) is None


def test_a_label_of_one_word_is_not_drowned_by_jsons():
    weight = weights(np.array([0, *[1] * 36]))
    assert weight[0] == 1 and weight[1:].sum() == pytest.approx(1)  # by the token it would be 1 to 36


def test_held_out_share_is_about_a_tenth_of_every_task():
    by_task: dict[str, list[bool]] = {}
    for path in training_files():
        for line in lines(path):
            system, user, _ = line["messages"]
            by_task.setdefault(system["content"], []).append(is_held_out(user["content"]))
    assert len(by_task) == 4
    assert all(0.04 < np.mean(task) < 0.18 for task in by_task.values()), {task[:20]: np.mean(held) for task, held in by_task.items()}


def test_committed_adapter_was_made_from_the_data_as_they_stand():
    """Whoever changes the training data must train again, or the card lies."""
    card = json.loads((ADAPTER / CARD).read_text(encoding="utf-8"))
    assert card["data_sha256"] == data_hash(training_files())
    assert card["base"] == NAME


def test_committed_adapter_names_no_machine_and_is_small():
    check_adapter_folder(ADAPTER)
    config = json.loads((ADAPTER / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == NAME
    assert not [value for value in config.values() if isinstance(value, str) and "/" in value]
    assert sum(path.stat().st_size for path in ADAPTER.iterdir()) < 2_000_000


def test_committed_weights_are_bf16_and_every_layer_was_moved():
    from safetensors import safe_open

    with safe_open(ADAPTER / "adapter_model.safetensors", "np") as file:
        assert {file.get_slice(name).get_dtype() for name in file.keys()} == {"BF16"}  # noqa: SIM118 (no mapping)
    with safe_open(ADAPTER / "adapter_model.safetensors", "pt") as file:
        second = [name for name in file.keys() if ".lora_B." in name]  # noqa: SIM118
        assert len(second) == 30 * 4
        assert all(file.get_tensor(name).abs().max() > 0 for name in second)  # lora_B starts at 0


def tokenizer_of(folder: Path):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder)


def written(folder: Path) -> Path:
    """Three examples of two system prompts, the first and the last of one."""
    path = folder / "some.jsonl"
    examples = [("S", "t1", "red"), ("Other", "t2", "green or blue"), ("S", "t3", "ok")]
    turns = [[{"role": r, "content": c} for r, c in zip(("system", "user", "assistant"), example, strict=True)] for example in examples]
    path.write_text("".join(json.dumps({"messages": messages}) + "\n" for messages in turns), encoding="utf-8")
    return path
