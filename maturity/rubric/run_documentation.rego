package maturity.criteria.run_documentation

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
