"""The packaged demo: departures from New York in January 2013, as a warehouse and as a Dagster code location."""
