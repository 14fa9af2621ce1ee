package maturity.criteria.scoring_code

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
