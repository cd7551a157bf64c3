"""The assets of a synthesis: one stage is one file, and one op."""
