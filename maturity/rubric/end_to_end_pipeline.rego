package maturity.criteria.end_to_end_pipeline

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
