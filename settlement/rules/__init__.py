"""The rules of commission: which month a bet counts in, what a plan charges, what a statement says."""
