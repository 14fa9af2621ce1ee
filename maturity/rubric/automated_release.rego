package maturity.criteria.automated_release

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
