"""AIPerf, in its default settings but for the server's own token counts."""

import json
from pathlib import Path

from peers.tools.ask import SAME, Ask, Told, told_in_ms

NAME, PACKAGES = "AIPerf", ("aiperf==0.13.0",)
NOTE = "latencies from the sending"
_COMMIT = "0" * 40


def command(ask: Ask) -> list[object]:
    words = [ask.environment / "bin" / "aiperf", "profile", "--url", ask.root, "--endpoint-type", "chat", "--streaming", "--model", "m"]
    words += ["--tokenizer", "local/tokenizer", "--isl", 32, "--osl", ask.tokens, "--num-dataset-entries", 50, "--ui", "none"]
    words += ["--use-server-token-count", "--artifact-dir", ask.folder, "--benchmark-duration", ask.seconds]
    if ask.concurrency:
        return [*words, "--concurrency", ask.concurrency]
    return [*words, "--request-rate", ask.rate, "--arrival-pattern", ask.arrivals]


def environment(ask: Ask) -> dict[str, str]:
    """Offline it takes no folder for a tokenizer, only what lies in a hub's cache; so the folder is laid out as one."""
    cached = ask.folder / "hub" / "models--local--tokenizer"
    snapshot = cached / "snapshots" / _COMMIT
    snapshot.mkdir(parents=True)
    for file in ask.tokenizer.iterdir():
        if file.suffix in (".json", ".jinja", ".txt", ".model"):
            (snapshot / file.name).symlink_to(file)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(_COMMIT, encoding="utf-8")
    return {"HF_HUB_CACHE": str(ask.folder / "hub")}


def told(folder: Path) -> Told:
    said = json.loads((folder / "profile_export_aiperf.json").read_text(encoding="utf-8"))
    ttft, tpot, gaps = (told_in_ms(said[name], SAME) for name in ("time_to_first_token", "inter_token_latency", "inter_chunk_latency"))
    n, failed = (int(said.get(name, {}).get("avg", 0)) for name in ("request_count", "error_request_count"))
    return Told(n + failed, failed, ttft, tpot, gaps)
