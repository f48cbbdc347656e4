"""What data can determine: ranks, and the combinations that are seen."""
