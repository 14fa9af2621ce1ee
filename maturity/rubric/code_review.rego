package maturity.criteria.code_review

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
