"""A checkpoint becomes a loaded model: bitsandbytes variants, LoRA adapters, fingerprint, embedded default.

Knows torch and transformers; knows nothing of HTTP, Ray or tests.
"""
