package maturity.criteria.cross_functional_ownership

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
