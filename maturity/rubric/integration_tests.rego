package maturity.criteria.integration_tests

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
