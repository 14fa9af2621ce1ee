package maturity.criteria.alerting

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
