"""What tests of several rooms share: a model small enough to be made in a second, and real in everything but its answers."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ftbench", deadline=None, max_examples=60)  # a busy machine fails no test
settings.load_profile("ftbench")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # spinning threads take the core of the other process

for _signal in (signal.SIGINT, signal.SIGHUP):  # a shell's background jobs and nohup ignore them; what a test ends so must hear them
    if signal.getsignal(_signal) is signal.SIG_IGN:
        signal.signal(_signal, signal.default_int_handler if _signal is signal.SIGINT else signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start Ray come first: `make test` shares files between two processes, and a long one at the end would run alone."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)  # stable


TINY_CONTEXT = 512
TINY_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
TINY_TEXT = [
    "The parcel did not arrive, and the invoice was charged twice.",
    "Please reset my password; the app shows an error after the update.",
    "I want my money back. Where is my order? Thank you for your help!",
    'Answer as JSON: {"category": "billing", "priority": 2}',
    "Grüße aus Köln. Où est mon colis? ¿Dónde está mi pedido? 我的包裹在哪里",
]


def make_tiny_model(folder: Path, *, seed: int = 0, hidden: int = 64, template: bool = True, tie: bool = False) -> Path:
    """A Llama of two layers with random weights, a byte-level BPE tokenizer of some 400 tokens, and a context of 512; fp32, about 1 MB.

    Weights are drawn wide, so that greedy answers do not hang on the last bit of a sum.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    bpe.train_from_iterator(
        TINY_TEXT * 4,
        trainers.BpeTrainer(
            vocab_size=400, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        ),
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        unk_token=special[0],
        bos_token=special[1],
        eos_token=special[2],
        pad_token=special[2],
        model_max_length=TINY_CONTEXT,
    )
    if template:
        tokenizer.chat_template = TINY_TEMPLATE
    tokenizer.save_pretrained(folder)

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=TINY_CONTEXT,
        initializer_range=0.2,
        tie_word_embeddings=tie,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(bos_token_id=1, eos_token_id=2, pad_token_id=2)
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`make_tiny_model`, made once for the session. Copy it before changing it."""
    return make_tiny_model(tmp_path_factory.mktemp("tiny-llama"))
