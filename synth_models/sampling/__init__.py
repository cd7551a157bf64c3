"""From networks to rows: whose rows, how many, whose keys, which values."""
