"""Entailment by a model of random weights: the way in and out is what is tested, not its opinion."""

import json
import shutil

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from ftbench.errors import InputError
from ftbench.quality.nli import entailments, label_positions

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "fee", "is", "five", "nine", "euros", ".", "cat", "sat"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("nli")
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        initializer_range=0.5,
        id2label={0: "CONTRADICTION", 1: "neutral", 2: "Entailment"},
        label2id={"CONTRADICTION": 0, "neutral": 1, "Entailment": 2},
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_batch_says_what_each_pair_alone_says(model):
    """Padding that leaks into a short pair would make its probability hang on its neighbours."""
    pairs = [("the fee is five euros .", "the fee is nine euros ."), ("the cat sat .", "the cat"), ("cat", "the fee is five euros .")]
    together = entailments(pairs, str(model))
    alone = [entailments([pair], str(model))[0] for pair in pairs]
    assert [x for e in together for x in e] == pytest.approx([x for e in alone for x in e], abs=1e-5)
    assert all(0 <= e.entailment + e.contradiction <= 1 for e in alone)
    assert entailments([], str(model)) == []


def test_order_of_labels_is_read_from_the_config_not_assumed(model, tmp_path):
    turned = tmp_path / "turned"
    shutil.copytree(model, turned)
    config = json.loads((turned / "config.json").read_text())
    config["id2label"] = {"0": "entailment", "1": "neutral", "2": "contradiction"}
    (turned / "config.json").write_text(json.dumps(config))
    pair = ("the fee is five euros .", "the cat sat .")
    (one,), (other,) = entailments([pair], str(model)), entailments([pair], str(turned))
    assert (one.entailment, one.contradiction) == pytest.approx((other.contradiction, other.entailment))
    assert one.entailment != pytest.approx(one.contradiction, abs=1e-3)


def test_long_source_is_read_to_its_end(model):
    """Cut off at the model's 62 tokens, the last sentence would never be read."""
    filler, last = "the cat sat .\n" * 30, "the fee is nine euros ."
    (whole,) = entailments([(filler + last, "nine euros")], str(model))
    (start,) = entailments([(filler, "nine euros")], str(model))
    assert whole != start


def test_labels_without_names_are_refused():
    with pytest.raises(InputError, match="LABEL_0, LABEL_1"):
        label_positions({0: "LABEL_0", 1: "LABEL_1"}, "m")
    assert label_positions({0: "entailment", 1: "neutral", 2: "contradiction"}, "m") == (0, 2)


def test_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="config.json"):
        entailments([("a", "b")], str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(InputError, match="cannot be loaded"):
        entailments([("a", "b")], str(tmp_path))
