"""Next-token distributions of every variant against the reference's: each variant loaded once, on a node of its hardware.

The reference's log-probabilities stay in the run folder (reference.npz, float32), so that a comparison that was interrupted goes on, and a
variant that is finished is never loaded again.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ftbench.compare.divergence import agreement, mean_with_interval, p95
from ftbench.compare.file import Likelihood
from ftbench.compare.forced import Forced, forced_answers
from ftbench.compare.perplexity import MOST_TOKENS, perplexity, perplexity_ratio
from ftbench.compare.quality import ANSWERED, LIKELIHOOD, outputs_of, quality_requests
from ftbench.compare.score import Scored, score
from ftbench.errors import InputError, InvalidMeasurement
from ftbench.gate.preflight import Ready
from ftbench.gate.run_folder import RunFolder
from ftbench.models.load import load_tokenizer
from ftbench.models.memory import model_shape
from ftbench.models.source import resolve_source
from ftbench.progress import Screen
from ftbench.serving.cluster import cluster
from ftbench.spec import Spec
from ftbench.text_file import read_text

REFERENCE = "reference.npz"
MOST_BYTES = 512 * 2**20  # of the reference's log-probabilities
LEAST_TEXT = 2  # tokens: the first one has nothing before it


class Text(NamedTuple):
    """A text for perplexity as token ids; `note` says how much of it was used."""

    ids: list[int]
    note: str


def check_likelihood(spec: Spec) -> None:
    """The text for perplexity is there.

    Raises:
        InputError: it is not, or holds nothing.
    """
    if spec.compare.perplexity_text is not None:
        _read_text(spec)


def likelihoods(
    ready: Ready,
    variants: Sequence[str],
    reference: str,
    folder: Path,
    screen: Screen,
    *,
    places: Mapping[str, str | None] | None = None,
) -> None:
    """Leave <variant>/likelihood.json in `folder` (<run>/quality) for every variant that has answered, but for the reference.

    Ray must be down, or be the user's own cluster: one is started, or joined, for as long as this takes. Nothing is done where the
    reference has not answered, or nothing can be compared.

    Args:
        places: Ray resource of the node to load each variant on; by default serving.node_resource.
    Raises:
        InputError: a variant cannot be loaded, or the text for perplexity cannot be read.
        InvalidMeasurement: a process that scores dies.
    """
    outputs = outputs_of(ready, variants, folder)
    if reference not in outputs:
        return
    forced, text = _asked(ready, outputs[reference])
    identity = {v: RunFolder(folder).read_json(folder / v / ANSWERED)["target"]["identity"] for v in outputs}
    key = {v: _key(forced, text, identity[reference], identity[v]) for v in outputs}
    todo = [v for v in outputs if v != reference and _standing(folder / v).get("key") != key[v]]
    if not todo or not (forced or text.ids):
        return
    places = places or {}
    with cluster(ready.spec.serving.ray_address), screen.step("Comparing next-token distributions") as step:
        step.update(0, len(todo) + 1, f"loading {reference}, the reference")
        known = _reference(ready, reference, forced, text, folder, key[reference], places.get(reference))
        for number, variant in enumerate(todo, 1):
            step.update(number, len(todo) + 1, f"loading {variant}")
            scored = _on_node(_spec(ready.spec, variant), forced, text.ids, known.log_probs, places.get(variant))
            found = likelihood(scored, known.nll, forced, text.note)
            RunFolder(folder).write_json(folder / variant / LIKELIHOOD, {"key": key[variant], "likelihood": found.model_dump()})


def likelihood(scored: Scored, reference_nll: np.ndarray, forced: Sequence[Forced], note: str) -> Likelihood:
    """What the numbers of one variant say."""
    prompts = [f.case for f in forced for _ in f.places]
    kl, same = scored.kl if scored.kl is not None else np.empty(0), scored.same_top if scored.same_top is not None else np.empty(0, bool)
    return Likelihood(
        positions=len(prompts),
        prompts=len(forced),
        kl=mean_with_interval(kl, prompts),
        kl_p95=p95(kl),
        top1_agreement=agreement(same),
        perplexity=perplexity(scored.nll, scored.windows, note) if len(scored.nll) else None,
        reference_perplexity=float(np.exp(reference_nll.mean())) if len(reference_nll) else None,
        perplexity_ratio=perplexity_ratio(scored.nll, reference_nll, scored.windows) if len(scored.nll) else None,
    )


def _asked(ready: Ready, outputs: dict) -> tuple[list[Forced], Text]:
    spec = ready.spec
    source = resolve_source(spec.model, spec.folder)
    tokenizer, _ = load_tokenizer(source)
    shape = model_shape(source.folder, source.trust_remote_code)
    room = max(1, MOST_BYTES // (4 * shape.vocabulary))
    context = min(filter(None, (spec.serving.max_context, shape.context)), default=None)
    positions = min(spec.compare.positions, room)
    forced = forced_answers(tokenizer, quality_requests(ready), outputs, positions=positions, context=context)
    if spec.compare.perplexity_text is None:
        return forced, Text([], "")
    ids = tokenizer.encode(_read_text(spec))
    note = f"the first {MOST_TOKENS:,} of its {len(ids):,} tokens" if len(ids) > MOST_TOKENS else ""
    return forced, Text(ids[:MOST_TOKENS] if len(ids) >= LEAST_TEXT else [], note)


def _read_text(spec: Spec) -> str:
    path = spec.path(spec.compare.perplexity_text)
    text = read_text(path, "compare.perplexity_text, the text that perplexities are of")
    if not text.strip():
        raise InputError(f"compare.perplexity_text: {path} is empty. Name a text of the kind that the model will meet.")
    return text


def _reference(ready: Ready, reference: str, forced: list[Forced], text: Text, folder: Path, key: str, node: str | None) -> Scored:
    """The reference's own numbers, from the run folder where they stand."""
    path = folder / reference / REFERENCE
    if path.exists():
        with np.load(path) as known:
            if str(known["key"]) == key:
                return Scored(known["log_probs"], None, None, known["nll"], [])
    scored = _on_node(_spec(ready.spec, reference), forced, text.ids, None, node)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        np.savez(file, key=np.array(key), log_probs=scored.log_probs, nll=scored.nll)
    part.replace(path)
    return scored


def _on_node(spec: Spec, forced: Sequence[Forced], text: list[int], reference: np.ndarray | None, node: str | None) -> Scored:
    """`score` in a process of its own, which ends with it: two models in one process would need the memory of both."""
    import ray

    from ftbench.serving.service import A_TRACE, offered, resources

    node = node or spec.serving.node_resource
    gpus, threads = resources(spec, offered(node))
    where = {"resources": {node: A_TRACE}} if node else {}
    task = ray.remote(num_gpus=gpus, num_cpus=threads or 1, max_calls=1, max_retries=0, **where)(score)
    try:
        return ray.get(task.remote(spec, forced, text, reference, gpus=gpus, cpu_threads=threads))
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, InputError):
            raise error.cause from None
        raise
    except ray.exceptions.RayError as error:
        first = str(error).splitlines()[0]
        raise InvalidMeasurement(f"The process that scored {spec.model.variant} died: {first}. Resume the run.") from None


def _spec(spec: Spec, variant: str) -> Spec:
    """One process with the whole node's threads, in this variant."""
    alone = spec.serving.model_copy(update={"replicas": 1, "cpu_threads": None})
    return spec.but(model=spec.model.model_copy(update={"variant": variant}), serving=alone)


def _standing(folder: Path) -> dict:
    return RunFolder(folder).read_json(folder / LIKELIHOOD)


def _key(forced: Sequence[Forced], text: Text, reference: str, variant: str) -> str:
    return hashlib.sha256(json.dumps([forced, text.ids, reference, variant]).encode()).hexdigest()
