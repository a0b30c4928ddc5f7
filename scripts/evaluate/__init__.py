"""Methods of attribution held against the truth of simulated estates."""
