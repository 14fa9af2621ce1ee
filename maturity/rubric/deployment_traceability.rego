package maturity.criteria.deployment_traceability

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
