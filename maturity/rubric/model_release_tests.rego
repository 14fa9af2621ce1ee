package maturity.criteria.model_release_tests

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
