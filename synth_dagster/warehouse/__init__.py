"""Where the real tables live and the synthetic ones go; one backend is one file."""
