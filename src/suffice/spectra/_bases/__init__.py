"""What a frequency is: each basis turns values on a sample into coefficients."""
