CREATE TABLE airlines (
    carrier VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL
);

CREATE TABLE airports (
    faa VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    lat DOUBLE,
    lon DOUBLE,
    alt INTEGER,
    tz INTEGER,
    dst VARCHAR,
    tzone VARCHAR
);

CREATE TABLE planes (
    tailnum VARCHAR PRIMARY KEY,
    year INTEGER,
    type VARCHAR,
    manufacturer VARCHAR,
    model VARCHAR,
    engines INTEGER,
    seats INTEGER,
    speed INTEGER,
    engine VARCHAR
);

CREATE TABLE weather (
    weather_id INTEGER PRIMARY KEY,
    origin VARCHAR NOT NULL REFERENCES airports (faa),
    temp DOUBLE,
    dewp DOUBLE,
    humid DOUBLE,
    wind_dir INTEGER,
    wind_speed DOUBLE,
    wind_gust DOUBLE,
    precip DOUBLE,
    pressure DOUBLE,
    visib DOUBLE,
    time_hour TIMESTAMP NOT NULL
);

CREATE TABLE flights (
    flight_id INTEGER PRIMARY KEY,
    carrier VARCHAR NOT NULL REFERENCES airlines (carrier),
    flight INTEGER NOT NULL,
    tailnum VARCHAR REFERENCES planes (tailnum),
    origin VARCHAR NOT NULL REFERENCES airports (faa),
    dest VARCHAR REFERENCES airports (faa),
    time_hour TIMESTAMP NOT NULL,
    sched_dep_time INTEGER NOT NULL,
    sched_arr_time INTEGER NOT NULL,
    dep_time INTEGER,
    arr_time INTEGER,
    dep_delay INTEGER,
    arr_delay INTEGER,
    air_time INTEGER,
    distance INTEGER NOT NULL,
    weather_id INTEGER REFERENCES weather (weather_id)
);
