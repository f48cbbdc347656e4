"""Records of training runs, their spectra, and verdicts on them."""
