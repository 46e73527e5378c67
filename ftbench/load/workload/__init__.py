"""Where the prompts of a load run come from: the user's file, a trace's lengths, or made up as declared. All tokenising is done here.

Before a run and after it; no Locust process imports this room. transformers is imported when a tokenizer is loaded, not before.
Names for other rooms: Source, Prompts, read_prompts, read_synthetic, load_tokenizer, context_of, make_workload, furnish, check_context.
"""

from ftbench.load.workload.context import check_context
from ftbench.load.workload.jsonl import Prompts, read_prompts
from ftbench.load.workload.make import PLACEHOLDER, Source, Workload, follows_lengths, furnish, make_workload
from ftbench.load.workload.option import read_synthetic
from ftbench.load.workload.tokenizer import context_of, load_tokenizer

__all__ = [
    "PLACEHOLDER",
    "Prompts",
    "Source",
    "Workload",
    "check_context",
    "context_of",
    "follows_lengths",
    "furnish",
    "load_tokenizer",
    "make_workload",
    "read_prompts",
    "read_synthetic",
]
