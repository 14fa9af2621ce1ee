package maturity.criteria.model_evaluation

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
