package maturity.criteria.data_validation

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
