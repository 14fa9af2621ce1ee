package maturity.criteria.incident_runbook

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
