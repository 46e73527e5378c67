"""A look at an endpoint before a run, so that a wrong URL is one sentence and not a thousand failed requests."""

import json
import os
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from ftbench.errors import InputError


def probe_endpoint(
    url: str,
    model: str | None = None,
    api_key_env: str | None = None,
    *,
    timeout_s: float = 120.0,
    connect_timeout_s: float = 10.0,
    verify_tls: bool = True,
    ca_file: str | None = None,
) -> str:
    """The model to ask for: `model`, else the first one that `url`/models lists. One token is streamed from it.

    Raises:
        InputError: no scheme, host unreachable, certificate not trusted, API key variable not set or key refused, a web page instead of an
            API, no model, an error, or an answer that is not a stream.
    """
    import requests

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{url}: this is not a URL with http:// or https:// and a host. Write for example http://127.0.0.1:8000/v1.")
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
        names = _models(ask, base, api_key_env, needed=model is None)
        chosen = model or names[0]
        _stream(ask, base, chosen, names, api_key_env)
        return chosen
    except requests.exceptions.SSLError as error:
        raise InputError(
            f"{url}: no TLS connection that can be trusted ({error}). Name the authority's PEM file, or turn verification off."
        ) from None
    except (requests.ConnectTimeout, requests.ConnectionError) as error:
        raise InputError(f"{url} cannot be reached: {_innermost(error)}. Start the server, or correct host and port.") from None
    except requests.Timeout:
        raise InputError(f"{url} did not answer a short request within {timeout_s:g} s. Is the model loaded, and the port right?") from None
    except requests.RequestException as error:
        raise InputError(f"{url} does not speak HTTP as expected: {error}. Is this the right port?") from None
    except OSError as error:
        raise InputError(f"{ca_file}: no certificates can be read from it: {error}. It must be a PEM file.") from None
    finally:
        session.close()


def _models(ask: Any, base: str, api_key_env: str | None, *, needed: bool) -> list[str]:
    response = ask("GET", f"{base}/models")
    _refuse_web_page(base, response)
    _refuse_key(base, response.status_code, api_key_env)
    try:
        names = [entry["id"] for entry in response.json()["data"]] if response.status_code == 200 else []
    except (ValueError, KeyError, TypeError):
        names = []
    if needed and not names:
        hint = "" if base.endswith("/v1") else " The base URL of most servers ends in /v1."
        raise InputError(f"{base}/models answered {response.status_code} and lists no model. Name the model to ask for.{hint}")
    return names


def _stream(ask: Any, base: str, model: str, names: list[str], api_key_env: str | None) -> None:
    body = {"model": model, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 2, "temperature": 0, "stream": True}
    with ask("POST", f"{base}/chat/completions", json={**body, "stream_options": {"include_usage": True}}, stream=True) as response:
        _refuse_key(base, response.status_code, api_key_env)
        if response.status_code != 200:
            said = response.text[:200]
            known = f" It lists: {', '.join(names[:10])}." if names and model not in names else ""
            raise InputError(f"{base}/chat/completions answered {response.status_code} to model {model!r}: {said}.{known}")
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


def _refuse_garbage(base: str, data: bytes) -> None:
    try:
        chunk = json.loads(data)
    except ValueError:
        chunk = None
    if not isinstance(chunk, dict) or "choices" not in chunk:
        raise InputError(f"{base} streams something else than OpenAI chat completion chunks: {data[:120]!r}")


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
