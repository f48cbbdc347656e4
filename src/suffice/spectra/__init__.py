"""Grokking seen through frequency: spectra, their records and forecasts of training."""
