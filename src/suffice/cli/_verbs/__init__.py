"""The verbs, one per file: the arguments, the call, and what is printed."""
