"""The description of a page, and what makes HTML of it."""
