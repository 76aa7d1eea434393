-- What the runner itself keeps. Read models live in a schema of their own per projection version (`<name>_v<version>`),
-- with unqualified names in every statement, so that the live versions are a search_path.

CREATE TABLE projections (
    name    text NOT NULL,
    version int  NOT NULL,
    state   text NOT NULL CHECK (state IN ('live', 'building', 'old')),
    PRIMARY KEY (name, version)
);
CREATE UNIQUE INDEX projections_one_live ON projections (name) WHERE state = 'live';

-- How far a projection version has come in one part of the log ('00' to '15', 'id'). `digest` is that of the event at
-- `sequence`, empty at 0. Only the owner of `epoch` may move it.
-- Every row changes with every commit: pages are left almost empty, so that new versions stay in their page and none of the
-- indexes has to follow.
CREATE TABLE checkpoints (
    projection text        NOT NULL,
    version    int         NOT NULL,
    part       text        NOT NULL,
    sequence   bigint      NOT NULL DEFAULT 0,
    epoch      bigint      NOT NULL DEFAULT 0,
    digest     bytea       NOT NULL DEFAULT '',
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, version, part)
) WITH (fillfactor = 10);

-- Events that could not be applied (`cause`), and later events of the same key that wait behind them.
CREATE TABLE parked (
    projection text        NOT NULL,
    version    int         NOT NULL,
    part       text        NOT NULL,
    key        uuid        NOT NULL,
    sequence   bigint      NOT NULL,
    event_id   uuid        NOT NULL,
    event_type text        NOT NULL,
    error      text        NOT NULL,
    cause      bool        NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, version, part, sequence)
);
CREATE INDEX parked_by_key ON parked (projection, version, key, sequence);

-- Who does what: 'live' is the one process that moves the live versions, 'build' the one that builds beside them.
CREATE TABLE leases (
    name       text        PRIMARY KEY,
    holder     uuid        NOT NULL,
    epoch      bigint      NOT NULL,
    expires_at timestamptz NOT NULL
);
-- Every takeover gets a number no earlier owner had, whichever lease it is.
CREATE SEQUENCE epochs;

-- Which generation of Redis boards readers use. `life` tells a generation from one of the same number in another
-- database's past. One row.
CREATE TABLE board_generations (
    one  bool PRIMARY KEY DEFAULT true CHECK (one),
    live int  NOT NULL,
    life uuid NOT NULL
);
INSERT INTO board_generations (live, life) VALUES (1, gen_random_uuid());
