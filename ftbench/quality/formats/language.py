"""Is a language code one that the detector knows?"""

from ftbench.errors import InputError


def check_language(code: str, key: str) -> None:
    """
    Raises:
        InputError: the detector does not know the code that `key` of the spec names.
    """
    from ftbench.quality.detect.language import in_language  # a model of languages that other rules do not need

    try:
        in_language("", code)
    except InputError as error:
        raise InputError(f"{key}: {error}") from None
