package maturity.criteria.dependency_locking

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
