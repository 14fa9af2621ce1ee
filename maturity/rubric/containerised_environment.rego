package maturity.criteria.containerised_environment

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
