"""Files of a model hub repository, brought into the hub's own cache on this machine."""

import re
from pathlib import Path
from typing import NamedTuple

from ftbench.errors import InputError
from ftbench.models.cache import Progress


class Snapshot(NamedTuple):
    """Where the files lie and the commit that they are of."""

    folder: Path
    commit: str


def download(repo: str, revision: str | None, patterns: list[str], progress: Progress) -> Snapshot:
    """The files of `repo` at `revision` that match `patterns` (top folder only); what the cache has is not fetched again.

    HF_HUB_OFFLINE, HF_TOKEN, HF_ENDPOINT and HF_HOME are the hub client's own and hold here too.

    Raises:
        InputError: the hub cannot be reached and the cache lacks the files; there is no such repository or revision; access is refused.
    """
    from huggingface_hub import constants, errors, snapshot_download
    from huggingface_hub.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    progress(f"fetching {repo} ({', '.join(patterns[:1])}) from the model hub", None)
    at = f"{repo}@{revision}" if revision else repo
    shown = not are_progress_bars_disabled()
    disable_progress_bars()  # one progress display is enough, and it is ours
    try:
        # "*" of the hub's patterns crosses "/", so what lies deeper is taken out by name.
        folder = Path(snapshot_download(repo, revision=revision, allow_patterns=patterns, ignore_patterns=["*/*"]))
    except errors.GatedRepoError:
        raise InputError(f"model.path: {at} is gated. Accept its terms on the hub and set HF_TOKEN to a token of that account.") from None
    except errors.RepositoryNotFoundError:
        raise InputError(
            f"model.path: {at} is neither a folder here nor a model on the hub that this account may see. "
            "Check the name, or set HF_TOKEN for a private one."
        ) from None
    except errors.RevisionNotFoundError:
        raise InputError(
            f"model.revision: {repo} has no commit, branch or tag {revision!r}. See the list of commits on its page."
        ) from None
    except errors.HFValidationError as error:
        raise InputError(f"model.path: {repo!r} is no valid hub id ({error}). It must look like org/name.") from None
    except OSError as error:  # offline, no network, a proxy that answers, a full disk: the hub's errors are all of this family
        why = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else _first_sentence(error.__cause__ or error)
        raise InputError(
            f"model.path: {at} is no folder here, and the model hub cannot be reached or read ({why}). "
            f"Fetch it where the hub can be reached (`hf download {repo}`), copy the folder here and give its path."
        ) from None
    finally:
        if shown:
            enable_progress_bars()
    return Snapshot(folder, folder.name)  # the hub's cache names a snapshot's folder by its commit


def _first_sentence(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return re.split(r"(?<=[.!?])\s", text)[0].rstrip(".")
