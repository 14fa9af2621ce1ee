package maturity.criteria.ground_truth_feedback

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
