"""Embeddings of narrow networks in wider networks with the same function."""
