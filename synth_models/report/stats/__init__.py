"""The statistics that metrics and pictures are made of."""
