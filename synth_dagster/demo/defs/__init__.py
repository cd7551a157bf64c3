"""The definitions of the demo, as a Dagster project has them: one folder per component."""
