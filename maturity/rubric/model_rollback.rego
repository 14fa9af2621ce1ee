package maturity.criteria.model_rollback

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
