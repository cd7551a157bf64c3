"""The pictures of the report, one kind in a file."""
