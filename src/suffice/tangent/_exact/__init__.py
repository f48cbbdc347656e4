"""Ranks without rounding: by structure, over finite fields, in ball arithmetic."""
