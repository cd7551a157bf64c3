"""Keys to graphs: what is learned of each table, the rows as token blocks, and batches of families."""
