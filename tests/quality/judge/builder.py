"""Judges over real sockets: one that knows, one that prefers whatever comes first, one that talks."""

import json
import re

from ftbench.quality.chat import Target
from ftbench.quality.judge.question import Question
from ftbench.spec.judge import Judge
from tests.quality.server import completion


def settings(**more) -> Judge:
    return Judge.model_validate({"endpoint": {"url": "http://127.0.0.1:9/v1"}, "max_concurrency": 4, **more})


def target(server, identity: str = "judge 1") -> Target:
    return Target(server if isinstance(server, str) else server.url, "m", identity)


def question(n: int, *, good: bool = True, task: str = "correctness") -> Question:
    """The good judge calls an answer right when it is `yes <n>`."""
    answer = f"{'yes' if good else 'no'} {n}"
    more = {
        "correctness": {"reference": f"yes {n}"},
        "support": {"source": f"yes {n}"},
        "pairwise": {"other": f"no {n}" if good else f"yes {n}"},
    }
    return Question(id=f"accuracy/c{n}", task=task, prompt=f"prompt {n}", answer=answer, **more.get(task, {}))


def part(body: dict, name: str) -> str:
    """What stands between the marks of one part of a judge's prompt."""
    text = body["messages"][-1]["content"]
    return re.search(rf"<{name}-([0-9a-f]+)>\n(.*?)\n</{name}-\1>", text, re.DOTALL).group(2)


def grade(choice: str, reason: str = "it is so"):
    return completion(json.dumps({"reason": reason, "choice": choice}))


def good_judge(body: dict):
    if "<answer-A-" in body["messages"][-1]["content"]:
        return grade("A" if part(body, "answer-A").startswith("yes") else "B")
    return grade("Correct" if part(body, "answer").startswith("yes") else "Wrong")


def first_is_best(body: dict):
    return grade("A")


def garbage(body: dict):
    return completion("As a judge, I find that both have their merits.")
