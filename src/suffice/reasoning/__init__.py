"""Transformers on composite functions and chains: what they infer and how they match."""
