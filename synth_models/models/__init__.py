"""The models: what a user trains, samples and saves."""
