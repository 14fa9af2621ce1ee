package maturity.criteria.run_lineage

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
