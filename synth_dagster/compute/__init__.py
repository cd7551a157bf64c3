"""Where the heavy work of an op runs."""
