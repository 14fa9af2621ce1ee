package maturity.criteria.secrets_hygiene

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
