"""What a base URL must look like, said once for everything that sends."""

from urllib.parse import SplitResult, urlsplit

from ftbench.errors import InputError


def base_url(url: str) -> SplitResult:
    """The parts of an endpoint's base URL, such as http://127.0.0.1:8000/v1.

    Raises:
        InputError: no http:// or https://, no host, a port that is none; a query, which no request would carry; or a user's name or
            password, which would stand in every file of the run.
    """
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        whole = False
    if not whole:
        raise InputError(f"{url}: this is not a URL with http:// or https:// and a host. Write for example http://127.0.0.1:8000/v1.")
    if parts.username is not None or parts.password is not None:
        without = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        raise InputError(f"The URL holds a user's name or password. Write {without} and name the API key's variable with api_key_env.")
    if parts.query or parts.fragment:
        raise InputError(f"{url}: a base URL ends with its path, such as /v1. Take out what stands behind it.")
    return parts
