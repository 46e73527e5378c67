"""A look at an endpoint before a run, so that a wrong URL is one sentence and not a thousand failed requests."""

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Literal, NamedTuple

from ftbench.errors import InputError
from ftbench.load.body import mark_of, marked, request_body
from ftbench.load.item import Item
from ftbench.load.plan import LoadPlan
from ftbench.load.url import base_url

PATH = {"chat": "chat/completions", "completions": "completions"}
SHORT = {
    api: {**prompt, "max_tokens": 2, "temperature": 0, "stream_options": {"include_usage": True}}
    for api, prompt in (("chat", {"messages": [{"role": "user", "content": "Hi"}]}), ("completions", {"prompt": "Hi"}))
}


class Probed(NamedTuple):
    """What an endpoint said of itself: the model to ask for, and how many tokens prompt and output may have together, where it says."""

    model: str
    context: int | None


def probe_endpoint(url: str, model: str | None = None, api_key_env: str | None = None, **how: Any) -> str:
    """The model to ask for; `how` and errors as in `probe`."""
    return probe(url, model, api_key_env, **how).model


def probe_plan(plan: LoadPlan, model: str | None) -> LoadPlan:
    """`plan` with the model to ask for. Its longest prompt is sent once, with a mark of its own, and given up at the first token.

    Raises:
        InputError: as `probe`, or where a prompt and its output are longer than the server's context.
    """
    longest = max(plan.prompts, key=_length)
    shown = marked(longest, mark_of(-1)) if plan.reuse == "fresh" else longest
    found = probe(
        plan.url,
        model,
        plan.api_key_env,
        api=plan.api,
        body=request_body(plan, shown),
        timeout_s=plan.timeout_s,
        connect_timeout_s=plan.connect_timeout_s,
        verify_tls=plan.verify_tls,
        ca_file=plan.ca_file,
    )
    if found.context is not None:
        _refuse_too_long(plan, found)
    return plan.model_copy(update={"model": found.model})


def probe(
    url: str,
    model: str | None = None,
    api_key_env: str | None = None,
    *,
    api: Literal["chat", "completions"] = "chat",
    body: dict[str, Any] | None = None,
    timeout_s: float = 120.0,
    connect_timeout_s: float = 10.0,
    verify_tls: bool = True,
    ca_file: str | None = None,
) -> Probed:
    """`model`, else the first one that `url`/models lists, and its context (vLLM says `max_model_len`). One event is streamed from it.

    Args:
        body: what is sent, but for its model; by default two tokens are asked for.
    Raises:
        InputError: no scheme, host unreachable, certificate not trusted, API key variable not set or key refused, a web page instead of an
            API, no model, an error, or an answer that is not a stream.
    """
    import requests

    base_url(url)
    if api_key_env and not os.environ.get(api_key_env):
        raise InputError(f"The environment variable {api_key_env} is not set. It must hold the API key for {url}.")
    headers = {"Authorization": f"Bearer {os.environ[api_key_env]}"} if api_key_env else {}
    base = url.rstrip("/")
    session = requests.Session()
    session.trust_env = False  # the load itself goes through no proxy either
    session.headers.update(headers)
    session.verify = (ca_file or True) if verify_tls else False
    ask = partial(session.request, timeout=(connect_timeout_s, timeout_s), allow_redirects=False)
    try:
        with _no_warning_about_what_was_asked_for(verify_tls):
            contexts = _models(ask, base, api_key_env, needed=model is None)
            chosen = model or next(iter(contexts))
            what = _described(body) if body else ""
            _stream(ask, base, api, {**(body or SHORT[api]), "model": chosen, "stream": True}, what, list(contexts), api_key_env)
        return Probed(chosen, contexts.get(chosen))
    except requests.exceptions.SSLError as error:
        raise InputError(
            f"{url}: no TLS connection that can be trusted ({_innermost(error)}). "
            "Name the authority's PEM file with --ca-file, or trust any certificate with --insecure."
        ) from None
    except (requests.ConnectTimeout, requests.ConnectionError) as error:
        raise InputError(f"{url} cannot be reached: {_innermost(error)}. Start the server, or correct host and port.") from None
    except requests.Timeout:
        raise InputError(f"{url} did not answer one request within {timeout_s:g} s. Is the model loaded, and the port right?") from None
    except requests.RequestException as error:
        raise InputError(f"{url} does not speak HTTP as expected: {error}. Is this the right port?") from None
    except OSError as error:
        raise InputError(f"{ca_file}: no certificates can be read from it: {error}. It must be a PEM file.") from None
    finally:
        session.close()


def _models(ask: Any, base: str, api_key_env: str | None, *, needed: bool) -> dict[str, int | None]:
    """The context of each model that the server lists, by name."""
    response = ask("GET", f"{base}/models")
    _refuse_web_page(base, response)
    _refuse_key(base, response.status_code, api_key_env)
    try:
        entries = response.json()["data"] if response.status_code == 200 else []
        contexts = {str(entry["id"]): _whole(entry.get("max_model_len")) for entry in entries}
    except (ValueError, KeyError, TypeError, AttributeError):
        contexts = {}
    if needed and not contexts:
        hint = "" if base.endswith("/v1") else " The base URL of most servers ends in /v1."
        raise InputError(f"{base}/models answered {response.status_code} and lists no model. Name the model to ask for.{hint}")
    return contexts


def _stream(ask: Any, base: str, api: str, body: dict[str, Any], what: str, names: list[str], api_key_env: str | None) -> None:
    url = f"{base}/{PATH[api]}"
    with ask("POST", url, json=body, stream=True) as response:
        _refuse_key(base, response.status_code, api_key_env)
        if response.status_code != 200:
            said = " ".join(response.text[:300].split())
            known = f" It lists: {', '.join(names[:10])}." if names and body["model"] not in names else ""
            raise InputError(f"{url} answered {response.status_code} to model {body['model']!r}{what}: {said}.{known}")
        if "event-stream" not in response.headers.get("content-type", ""):
            _refuse_web_page(base, response)
            raise InputError(
                f"{base} does not stream: it answered {response.headers.get('content-type')!r} to a request with stream: true."
            )
        for line in response.iter_lines(chunk_size=1):
            if line.startswith(b"data:"):
                _refuse_garbage(base, line[5:])
                return
        raise InputError(f"{base} does not stream: its event stream ended without one event.")


def _described(body: dict[str, Any]) -> str:
    text = body.get("prompt") or json.dumps(body.get("messages"), ensure_ascii=False)
    return f" and the longest prompt ({len(text):,} characters, max_tokens {body.get('max_tokens')})"


def _length(item: Item) -> tuple[int, int]:
    return item.prompt_tokens or 0, len(item.prompt or json.dumps(item.messages))


def _refuse_too_long(plan: LoadPlan, found: Probed) -> None:
    lengths = [(item.prompt_tokens or 0) + (item.max_tokens or plan.max_tokens) for item in plan.prompts]
    too_long = [k for k, length in enumerate(lengths) if length > found.context and plan.prompts[k].prompt_tokens is not None]
    if too_long:
        worst = plan.prompts[max(too_long, key=lengths.__getitem__)]
        raise InputError(
            f"{len(too_long)} of {len(lengths)} prompts do not fit into {found.model}'s context of {found.context:,} tokens: the longest "
            f"has {worst.prompt_tokens:,} and asks for {worst.max_tokens or plan.max_tokens:,} more. Shorten them, or lower max_tokens."
        )


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


@contextmanager
def _no_warning_about_what_was_asked_for(verify_tls: bool) -> Iterator[None]:
    """urllib3 warns of every request without verification, which the user has just asked for."""
    import urllib3

    with warnings.catch_warnings():
        if not verify_tls:
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        yield


def _refuse_garbage(base: str, data: bytes) -> None:
    try:
        chunk = json.loads(data)
    except ValueError:
        chunk = None
    if not isinstance(chunk, dict) or "choices" not in chunk:
        raise InputError(f"{base} streams something else than OpenAI completion chunks: {data[:120]!r}")


def _refuse_web_page(base: str, response: Any) -> None:
    if "text/html" in response.headers.get("content-type", "") and response.status_code < 500:
        hint = "" if base.endswith("/v1") else " Its API is probably under /v1."
        raise InputError(f"{base} answers with a web page, not with an API.{hint}")


def _refuse_key(base: str, status: int, api_key_env: str | None) -> None:
    if status in (401, 403):
        what = (
            f"the key in {api_key_env} is refused" if api_key_env else "an API key is needed; name its environment variable in api_key_env"
        )
        raise InputError(f"{base} answered {status}: {what}.")


def _innermost(error: BaseException) -> str:
    """The system's own words ("Connection refused") out of the layers that requests and urllib3 put around them."""
    seen = error
    while (
        deeper := getattr(seen, "reason", None) or seen.__cause__ or next((a for a in seen.args if isinstance(a, BaseException)), None)
    ) is not None:
        if not isinstance(deeper, BaseException):
            break
        seen = deeper
    return getattr(seen, "strerror", None) or str(seen).rsplit(": ", 1)[-1]
