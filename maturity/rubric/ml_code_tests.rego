package maturity.criteria.ml_code_tests

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
