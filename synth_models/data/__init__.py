"""What the rows are: schema, tables and keys, read, checked, written and split."""
