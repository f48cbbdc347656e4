"""What `benchmarks/audit.py` measures: campaigns and forecasts."""
