"""What is checked of the assets of a synthesis, and what stops publishing; one check is one file."""
