package maturity.criteria.branch_protection

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
