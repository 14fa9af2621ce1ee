package maturity.criteria.drift_detection

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
