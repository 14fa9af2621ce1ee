package maturity.criteria.environment_promotion

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
