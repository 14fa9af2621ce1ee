package maturity.criteria.training_reproducibility

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
