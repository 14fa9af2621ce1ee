package maturity.criteria.zero_downtime_serving

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
