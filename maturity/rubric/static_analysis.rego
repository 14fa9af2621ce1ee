package maturity.criteria.static_analysis

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
