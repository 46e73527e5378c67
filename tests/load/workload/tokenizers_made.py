"""Tokenizers of every kind that prompts are made for, each built in a moment: byte-level BPE, SentencePiece-like, single characters."""

from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SPECIAL = ["<unk>", "<s>", "</s>", "<|user|>", "<|assistant|>"]
TRIMMING = "{{ bos_token }}{% for m in messages %}<|user|>\n{{ m['content'] | trim }}</s>\n{% endfor %}<|assistant|>\n"
STRICT = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}"
    "{% endif %}<|user|>{{ m['content'] }}</s>{% endfor %}<|assistant|>"
)


def corpus(words: int = 1500) -> list[str]:
    rng = np.random.default_rng(5)
    letters = list("etaoinshrdlucmfwypvbg")
    return sorted({"".join(rng.choice(letters, size=rng.integers(2, 8))) for _ in range(words)})


def bpe() -> Tokenizer:
    """As of Llama 3 and Qwen: bytes, a word with the space before it is one token."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    text = [f"{a} {a} {b}" for a, b in zip(corpus(), reversed(corpus()), strict=True)] * 2
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=9000, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator(text, trainer)
    return made


def metaspace() -> Tokenizer:
    """As of Llama 2 and Gemma: ▁ stands for the space, and one is put before every text."""
    words = [("▁" + w, -5.0) for w in corpus()] + [(c, -20.0) for c in "▁abcdefghijklmnopqrstuvwxyz\n"]
    made = Tokenizer(models.Unigram([(s, 0.0) for s in SPECIAL] + words, unk_id=0))
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    made.decoder = decoders.Metaspace(prepend_scheme="first")
    made.add_special_tokens(SPECIAL)
    made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return made


def characters() -> Tokenizer:
    """Every letter and every space is a token: no word costs one."""
    made = Tokenizer(models.WordLevel({t: k for k, t in enumerate([*SPECIAL, *" abcdefghijklmnopqrstuvwxyz\n"])}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    made.decoder = decoders.Fuse()
    made.add_special_tokens(SPECIAL)
    return made


KINDS = {"bpe": bpe, "metaspace": metaspace, "characters": characters}


def save(kind: str, folder: Path, template: str | None = TRIMMING) -> Path:
    wrapped = PreTrainedTokenizerFast(tokenizer_object=KINDS[kind](), unk_token="<unk>", bos_token="<s>", eos_token="</s>")
    wrapped.add_special_tokens({"additional_special_tokens": SPECIAL[3:]})
    wrapped.chat_template = template
    wrapped.save_pretrained(folder)
    return folder
