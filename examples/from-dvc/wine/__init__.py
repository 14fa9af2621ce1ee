"""Tells three growers of one region by what is in their wine."""
