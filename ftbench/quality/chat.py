"""One chat completion over HTTP, and the ways in which it can fail."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple


class Target(NamedTuple):
    """Where answers come from. `identity` names the exact model: fingerprint, variant and engine, or URL and model name."""

    url: str
    model: str
    identity: str
    api_key_env: str | None = None


class Reply(NamedTuple):
    """`answer` holds text, finish_reason, prompt_tokens and output_tokens as an Output does; empty where `error` says why. `status` is that
    of HTTP where the server refused."""

    answer: dict[str, Any]
    error: str | None = None
    kind: str | None = None
    status: int | None = None


@asynccontextmanager
async def client_of(target: Target, timeout_s: float) -> AsyncIterator[Any]:
    """An OpenAI client that tries nothing twice."""
    from openai import AsyncOpenAI  # a second of import that a parser of test sets does not need

    api_key = os.environ.get(target.api_key_env or "", "") or "none"
    async with AsyncOpenAI(base_url=target.url, api_key=api_key, max_retries=0, timeout=timeout_s) as client:
        client.organization = client.project = None  # taken from the environment, and nobody's business but OpenAI's
        yield client


async def complete(client: Any, target: Target, messages: list[dict[str, str]], max_tokens: int, timeout_s: float, **more: Any) -> Reply:
    """The answer to one conversation at temperature 0. A failure is a Reply with `error`; nothing is raised. `more` is sent as it is."""
    from openai import APIConnectionError, APIStatusError, APITimeoutError

    status = None
    try:
        async with asyncio.timeout(timeout_s):  # the client's own limit is for each read: a body that drips would never end
            found = await client.chat.completions.create(
                model=target.model, messages=messages, max_tokens=max_tokens, temperature=0, **more
            )
        return Reply(_read(found))
    except (APITimeoutError, TimeoutError):
        error, kind = f"no answer within {timeout_s:g} s", "timeout"
    except APIConnectionError as failure:
        cause = failure.__cause__
        error, kind = f"{failure} {cause or ''}".strip(), "connect" if type(cause).__name__ == "ConnectError" else "reset"
    except APIStatusError as failure:
        error, status = str(failure), failure.status_code
        kind = "rejected" if status == 429 else f"http_{status // 100}xx"
    except (IndexError, AttributeError, TypeError, ValueError) as failure:
        error, kind = f"the answer has not the OpenAI form: {failure}", "malformed"
    return Reply({}, writable(error)[:500], kind, status)


def writable(text: str) -> str:
    """Half of a surrogate pair, which JSON can carry and UTF-8 cannot, becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _read(answer: Any) -> dict[str, Any]:
    """What an Output keeps of a chat completion, each with its type: the client takes whatever a server sends.

    Raises:
        IndexError, AttributeError, TypeError: this is no chat completion.
    """
    choice = answer.choices[0]
    text, reason = choice.message.content, choice.finish_reason
    if not isinstance(text, str | None):
        raise TypeError(f"the content is {type(text).__name__}, not text")
    counts = {"prompt_tokens": "prompt_tokens", "output_tokens": "completion_tokens"}
    numbers = {name: getattr(answer.usage, theirs, None) for name, theirs in counts.items()}
    return {
        "text": writable(text or ""),
        "finish_reason": writable(reason) if isinstance(reason, str) else None,
        **{name: number if type(number) is int else None for name, number in numbers.items()},
    }
