"""Protection of linked tables, the attacker that audits, and the store of what may be published."""
