"""The packaged demo: departures from New York in January 2013, as warehouse and code location."""
