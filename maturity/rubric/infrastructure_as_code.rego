package maturity.criteria.infrastructure_as_code

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
