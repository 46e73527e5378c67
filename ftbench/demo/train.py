"""Makes the demo's adapter again: `python -m ftbench.demo.train --out FOLDER` (two cores, about 20 minutes, no network).

A LoRA of rank 8 on the attention of the embedded model, trained on `data/training*.jsonl`, loss on the answers alone. The test sets
are never read. A tenth of the training data is held out, chosen by the hash of the ticket, so that it stays the same when data
are added; the card beside the adapter carries its loss. Sums on other processors round otherwise: expect like weights, not the same
bits.
"""

import argparse
import math
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from ftbench.demo.card import data_hash, write_adapter
from ftbench.demo.checkpoint import load_state, save_state
from ftbench.demo.packing import Conversation, Row, by_prompt, pack, read_conversations
from ftbench.errors import InputError
from ftbench.models import load_model, local_device, resolve_source
from ftbench.progress import Screen
from ftbench.spec.target import Model

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

DATA = Path(__file__).resolve().parent / "data"
RANK, ALPHA, DROPOUT = 8, 16, 0.0
MODULES = ["q_proj", "k_proj", "v_proj", "o_proj"]
EPOCHS, BATCH, RATE, WARM_UP = 5, 16, 3e-3, 0.1
HELD_OUT = 10  # one in so many
CLIP = 1.0


def training_files() -> list[Path]:
    return sorted(DATA.glob("training*.jsonl"))


def is_held_out(ticket: str) -> bool:
    return int(sha256(ticket.encode()).hexdigest(), 16) % HELD_OUT == 0


def batches(count: int, size: int, epochs: int, seed: int) -> Iterator[np.ndarray]:
    """Indexes below `count` in a new order every epoch, `size` at a time; the rest of an epoch that fills no batch is shared out."""
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        yield from np.array_split(rng.permutation(count), max(1, round(count / size)))


def learning_rate(step: int, steps: int) -> float:
    """Share of the full rate at `step` of `steps`: straight up over the first tenth, then half a cosine down to 0."""
    warm = max(1, round(steps * WARM_UP))
    return (step + 1) / warm if step < warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def weights(owner: np.ndarray) -> np.ndarray:
    """The weight of each answer token, shape (A,): every conversation counts 1, however long its answer is.

    By the token, forty tokens of a JSON would drown a label of one word: tried, and after an epoch labels were still guessed.
    """
    return 1 / np.bincount(owner)[owner]


def token_losses(model: "PreTrainedModel", row: Row) -> "tuple[torch.Tensor, torch.Tensor]":
    """Cross-entropy [nats] of each answer token of `row`, and whether greedy decoding would have said it; both shape (A,)."""
    import torch

    hidden = model.model(
        input_ids=torch.from_numpy(row.ids)[None],
        position_ids=torch.from_numpy(row.positions)[None],
        attention_mask=torch.from_numpy(row.sees)[None, None],
        use_cache=False,
    ).last_hidden_state[0]
    logits = model.lm_head(hidden[torch.from_numpy(row.before)]).float()  # the vocabulary is a fifth of the sums: only where it counts
    targets = torch.from_numpy(row.targets)
    return torch.nn.functional.cross_entropy(logits, targets, reduction="none"), logits.argmax(-1) == targets


def accumulate(model: "PreTrainedModel", batch: Sequence[Conversation]) -> float:
    """Adds the gradient of the batch's mean loss a conversation and returns its mean loss a token [nats].

    A row for each system prompt: attention grows with the square of a row.
    """
    import torch

    rows = [pack(group) for group in by_prompt(batch)]
    losses = []
    for row in rows:
        loss, _ = token_losses(model, row)
        (loss * torch.from_numpy(weights(row.owner) / len(batch)).float()).sum().backward()
        losses += loss.tolist()
    return float(np.mean(losses))


def validate(model: "PreTrainedModel", held_out: Sequence[Conversation]) -> dict[str, dict[str, float]]:
    """By task (the name of the system prompt): mean loss a token [nats], share of answers that greedy decoding gives word for word, n."""
    import torch

    found = {}
    model.eval()
    with torch.no_grad():
        for name, prompt in yaml.safe_load((DATA / "prompts.yaml").read_text(encoding="utf-8")).items():
            losses, whole = [], []
            task = [one for one in held_out if one.prompt == prompt]
            for first in range(0, len(task), BATCH):
                row = pack(task[first : first + BATCH])
                loss, right = token_losses(model, row)
                losses += loss.tolist()
                whole += (np.bincount(row.owner, weights=~right.numpy()) == 0).tolist()
            if task:
                found[name] = {"loss": round(float(np.mean(losses)), 4), "word_for_word": round(float(np.mean(whole)), 4), "n": len(task)}
    model.train()
    return found


def train(out: Path, *, epochs: int = EPOCHS, seed: int = 0, screen: Screen | None = None) -> dict[str, object]:
    """Writes the adapter and its card to `out` and returns the card. A killed run goes on where its last epoch ended.

    Raises:
        InputError: `out` holds something already, or the embedded model cannot be had.
    """
    state = out.with_name(f"{out.name}.state")
    if out.exists() and any(out.iterdir()):
        raise InputError(f"{out} is not empty. Name a new folder; nothing was overwritten.")
    import torch
    from peft import LoraConfig, get_peft_model

    screen = screen or Screen()
    torch.manual_seed(seed)
    # Frozen weights in bf16 where the processor multiplies in it: twice as fast; the adapter itself is trained in fp32.
    variant = "bf16" if local_device(cpu_only=True).bf16 else "fp32"
    with screen.step("loading the embedded model") as step:
        loaded = load_model(resolve_source(Model(path="embedded"), DATA, step.share), variant, gpus=0, progress=step.share)
    files = training_files()
    settings = {
        "data": [path.name for path in files],
        "data_sha256": data_hash(files),
        "seed": seed,
        "epochs": epochs,
        "conversations_a_step": BATCH,
        "learning_rate": RATE,
        "frozen_weights": variant,
    }
    conversations = read_conversations(files, loaded.tokenizer)
    learn = [one for one in conversations if not is_held_out(one.ticket)]
    held_out = [one for one in conversations if is_held_out(one.ticket)]
    lora = LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=DROPOUT, target_modules=MODULES, task_type="CAUSAL_LM")
    adapted = get_peft_model(loaded.model, lora)
    model = adapted.get_base_model()
    trained = [parameter for parameter in adapted.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.0)
    plan = list(batches(len(learn), BATCH, epochs, seed))
    so_far = load_state(state, trained, optimizer, settings) or {"losses": [], "held_out": [validate(model, held_out)]}
    losses, found = so_far["losses"], so_far["held_out"]
    with screen.step(f"training on {len(learn)} conversations") as step:
        first = len(losses)
        for number in range(first, len(plan)):
            losses.append(accumulate(model, [learn[index] for index in plan[number]]))
            torch.nn.utils.clip_grad_norm_(trained, CLIP)
            optimizer.param_groups[0]["lr"] = RATE * learning_rate(number, len(plan))
            optimizer.step()
            optimizer.zero_grad()
            note = f"step {number + 1}/{len(plan)}, loss {np.mean(losses[-20:]):.3f}"
            step.update(number + 1 - first, len(plan) - first, note)
            if (number + 1) % (len(plan) // epochs) == 0:
                found.append(validate(model, held_out))
                screen.log(f"held out after epoch {len(found) - 1}: {found[-1]}")
                save_state(state, trained, optimizer, settings, so_far)
    card = settings | {
        "steps": len(plan),
        "conversations": len(learn),
        "held_out": len(held_out),
        "training_loss_last_epoch": round(float(np.mean(losses[-(len(plan) // epochs) :])), 4),
        "held_out_by_epoch": found,
    }
    card = write_adapter(adapted, out, card)
    state.unlink(missing_ok=True)
    return card


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ftbench.demo.train", description=__doc__.split("\n\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="a new folder for the adapter")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    try:
        print(train(given.out, epochs=given.epochs, seed=given.seed))
    except InputError as error:
        raise SystemExit(f"ftbench: {error}") from None


if __name__ == "__main__":
    main()
