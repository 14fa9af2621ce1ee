package maturity.criteria.training_serving_consistency

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
