package maturity.criteria.progressive_delivery

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
