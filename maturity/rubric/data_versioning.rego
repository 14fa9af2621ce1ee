package maturity.criteria.data_versioning

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
