package maturity.criteria.automated_data_ingestion

# To be written.
answer := {"verdict": "na", "strength": "none", "reason": "not asked yet"}
