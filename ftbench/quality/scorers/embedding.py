"""How near the meanings of two texts are, by a local sentence-embedding model."""

from ftbench.quality.local_model import load_local


def embedding(answer: str, reference: str, *, model: str) -> float:
    """Cosine of the two mean-pooled embeddings, with 0.0 for a negative one and for a text without a token. `model` is a folder.

    What is longer than the model reads is cut at its end.

    Raises:
        InputError: the folder holds no model that can be loaded.
    Source: Reimers & Gurevych 2019 (mean pooling over the tokens that are no padding).
    """
    import torch

    local = load_local(model, "AutoModel")
    if not answer.strip() or not reference.strip():
        return float(answer.strip() == reference.strip())
    tokens = local.tokenizer([answer, reference], padding=True, truncation=True, max_length=local.longest, return_tensors="pt")
    tokens = tokens.to(local.device)
    with torch.inference_mode():
        states = local.model(**tokens).last_hidden_state.float()
    mask = tokens["attention_mask"].unsqueeze(-1).float()
    mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
    cosine = torch.nn.functional.cosine_similarity(mean[0], mean[1], dim=0).item()
    return min(1.0, max(0.0, cosine)) if cosine == cosine else 0.0  # not a number: a model that overflows knows nothing
