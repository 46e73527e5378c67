"""What the load run of a spec sends, and the tokenizer that says how long that is."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ftbench.errors import InputError
from ftbench.load.arrivals import Trace
from ftbench.load.item import Item
from ftbench.load.workload import Prompts, Source, context_of, load_tokenizer, make_workload, read_prompts
from ftbench.models import classify, resolve_source
from ftbench.models.weights import read_json
from ftbench.quality.cases import TestSet
from ftbench.spec import Spec

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TRIED = 64  # made-up prompts that are tried before anything is started


def system_prompt(spec: Spec, check: str) -> str | None:
    """The system prompt of one check's cases: the section's own, else the spec's."""
    section = getattr(spec.tests, check, None)
    return getattr(section, "system_prompt", None) or spec.system_prompt


def prompts_of(spec: Spec, test_sets: dict[str, TestSet], trace: Trace | None) -> Prompts | None:
    """Those of the file that the spec names, else those of the test sets; None where they are made up, as declared or as long as a trace's.

    Raises:
        InputError: the file cannot be used, there is nothing to send, or no tokenizer for what is to be made up.
    """
    load = spec.load
    if load.prompts is not None:
        return read_prompts(spec.path(load.prompts), "chat", spec.system_prompt)
    if load.synthetic is not None or (trace is not None and trace.prompt_tokens is not None):
        if load.tokenizer is not None or (spec.model is not None and (_is_folder(spec) or spec.serving.ray_address is None)):
            return None
        if load.synthetic is not None:
            raise InputError("load.synthetic: the tokenizer of a model elsewhere is not known here. Name its folder: load.tokenizer.")
    pairs = [(check, case) for check, found in test_sets.items() for case in found.cases]
    if not pairs:
        raise InputError("There is nothing to send: the spec has neither load.prompts, load.synthetic, nor a test set with cases.")
    items = [Item(messages=case.chat(system_prompt(spec, check))) for check, case in pairs]
    return Prompts("the test sets", items, [f"tests.{check}, case {case.id}" for check, case in pairs])


def source_of(spec: Spec, prompts: Prompts | None) -> Source:
    """The spec's prompts with its tokenizer and the context that its model has, as far as they are known on this machine.

    Raises:
        InputError: the tokenizer is needed and cannot be had.
    """
    folder = tokenizer_folder(spec)
    again = spec.endpoint is not None or spec.serving.prefix_caching  # the test sets before it and every scale send the same prompts
    if folder is None:
        return Source(prompts, spec.load.synthetic, None, spec.folder, again=again)
    context = None
    if spec.model is not None:
        context = min(filter(None, (spec.serving.max_context, context_of(folder))), default=None)
    return Source(prompts, spec.load.synthetic, _tokenizer(folder, spec.model is not None), spec.folder, context, again)


def check_prompts(spec: Spec, prompts: Prompts | None, trace: Trace | None) -> None:
    """Every prompt that was read fits into the model's context, and what is to be made up can be. After the model was fetched.

    Raises:
        InputError: otherwise.
    """
    source, load = source_of(spec, prompts), spec.load
    if source.tokenizer is None and prompts is not None:
        return
    n = len(prompts.items) if prompts is not None else len(trace.times_s) if trace is not None and trace.prompt_tokens else TRIED
    make_workload(source, n=n, seed=load.seed, max_tokens=load.max_tokens, reuse=load.reuse, trace=trace, forced=load.ignore_eos)


def tokenizer_folder(spec: Spec) -> Path | None:
    """The folder that load.tokenizer names, else the managed model's own; None where that is on another machine or runs code of its own."""
    if spec.load.tokenizer is not None:
        return spec.path(spec.load.tokenizer)
    if spec.model is None:
        return None
    if spec.serving.ray_address is not None and not _is_folder(spec):
        return None
    folder = resolve_source(spec.model, spec.folder).folder
    settings = folder / "tokenizer_config.json"
    return None if settings.is_file() and "auto_map" in read_json(settings) else folder


def _is_folder(spec: Spec) -> bool:
    return classify(spec.model.path, spec.folder)[0] == "folder"


@cache
def _tokenizer(folder: Path, served_by_us: bool) -> "PreTrainedTokenizerBase":
    from ftbench.models.load import PLAIN_TEMPLATE

    return load_tokenizer(folder, PLAIN_TEMPLATE if served_by_us else None)
