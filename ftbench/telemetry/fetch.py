"""Where a server's /metrics page is, and how it is got: with one word where it cannot be had."""

import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

MOST_BYTES = 8 * 2**20

Fetch = Callable[[str], str]


class Absent(Exception):
    """The page cannot be had; the message is one word."""


def page_urls(base_url: str) -> list[str]:
    """Where the page may be: beside the API's last path segment (/v1), then at the root of the host."""
    parts = urlsplit(base_url)
    path = parts.path.rstrip("/")
    beside = f"{path.rsplit('/', 1)[0] if path else ''}/metrics"
    return [urlunsplit((parts.scheme, parts.netloc, path, "", "")) for path in dict.fromkeys((beside, "/metrics"))]


def fetcher(*, api_key: str | None = None, verify_tls: bool = True, ca_file: str | None = None, timeout_s: float = 2.0) -> Fetch:
    """A function from URL to the page's text. It follows no redirection, which would carry the key to another host, and uses no proxy,
    as the load does not.

    Raises (the function):
        Absent: one word: refused, unreachable, timeout, tls, the HTTP status, or "page" where it is not text of Prometheus' form.
    """
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirect()]
    try:
        context = ssl.create_default_context(cafile=ca_file)
        if not verify_tls:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        handlers.append(urllib.request.HTTPSHandler(context=context))
    except (OSError, ssl.SSLError):
        pass  # the load itself says what is wrong with the file
    opener = urllib.request.build_opener(*handlers)
    headers = {"Accept": "text/plain", "Accept-Encoding": "identity", **({"Authorization": f"Bearer {api_key}"} if api_key else {})}

    def fetch(url: str) -> str:
        try:
            with opener.open(urllib.request.Request(url, headers=headers), timeout=timeout_s) as answer:
                if "html" in answer.headers.get("Content-Type", ""):
                    raise Absent("page")
                return answer.read(MOST_BYTES).decode("utf-8")
        except urllib.error.HTTPError as error:
            error.close()
            raise Absent(str(error.code)) from None
        except UnicodeDecodeError:
            raise Absent("page") from None
        except Exception as error:  # whatever urllib, ssl or http.client raise, a page that is not there must not end a run
            raise error if isinstance(error, Absent) else Absent(_word(error)) from None

    return fetch


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _word(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) and isinstance(error.reason, Exception) else error
    match cause:
        case ssl.SSLError():
            return "tls"
        case TimeoutError():
            return "timeout"
        case ConnectionRefusedError():
            return "refused"
        case socket.gaierror():
            return "unreachable"
        case OSError():
            return "unreachable"
        case _:
            return "page"
