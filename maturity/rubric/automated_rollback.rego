package maturity.criteria.automated_rollback

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
