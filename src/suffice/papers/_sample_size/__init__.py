"""What the three papers on sample sizes share."""
