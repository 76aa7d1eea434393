-- What projectors make beside the live tables, and what became of it. `kind`: a rebuild takes the live tables' place; to
-- verify is to compare and throw away; a rollback takes the tables that were live before. Ended ones stay as a history.
CREATE TABLE builds (
    build_id          uuid        PRIMARY KEY,
    projection        text        NOT NULL,
    kind              text        NOT NULL CHECK (kind IN ('rebuild', 'verify', 'rollback')),
    state             text        NOT NULL CHECK (state IN
        ('ordered', 'reading', 'finishing', 'comparing', 'swapping',
         'done', 'different', 'refused', 'aborted', 'failed', 'lapsed')),
    -- Null for what projectors do by themselves: a version that is registered and was never built.
    ordered_by        uuid,
    ordered_at        timestamptz NOT NULL,
    reason            text        NOT NULL DEFAULT '',
    accept_difference bool        NOT NULL DEFAULT false,
    abort_requested   bool        NOT NULL DEFAULT false,
    -- Null until a process has taken it up.
    version           int,
    began_at          timestamptz,
    updated_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at          timestamptz,
    -- How far the log has been read, up to where it is to be read, and how quickly that goes.
    sequence          bigint      NOT NULL DEFAULT 0,
    target_sequence   bigint      NOT NULL DEFAULT 0,
    events_per_second double precision NOT NULL DEFAULT 0,
    -- The share of the time in which it reads; below 1 it makes way for live events.
    pace              double precision NOT NULL DEFAULT 1,
    -- What is needed to go on after a crash. `resume_at` is null when there is nothing to go on with; a PostgreSQL that was
    -- started anew since may have lost unlogged rows, so then nothing counts either.
    schema_name       text,
    resume_at         bigint,
    resume_digest     bytea,
    resume_waiting    jsonb,
    server_started_at timestamptz,
    -- What a comparison found, per table and board, and the first difference.
    compared          jsonb,
    difference        jsonb,
    error             text
);
CREATE INDEX builds_by_projection ON builds (projection, ordered_at);
CREATE INDEX builds_open ON builds (ordered_at) WHERE ended_at IS NULL;

-- The tables that were live before, one per projection, as they were then: a way back.
CREATE TABLE kept_versions (
    projection  text        PRIMARY KEY,
    version     int         NOT NULL,
    schema_name text        NOT NULL,
    sequence    bigint      NOT NULL,
    digest      bytea       NOT NULL,
    waiting     jsonb       NOT NULL,
    kept_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Up to where the log goes, and how long events of the last second took to become visible: what the owner tells those that
-- build beside it, and whoever asks how far the read models are behind.
CREATE TABLE log_heads (
    stream           text        PRIMARY KEY CHECK (stream IN ('FACTS', 'IDENTITY')),
    last_sequence    bigint      NOT NULL,
    visible_after_ms bigint      NOT NULL,
    seen_at          timestamptz NOT NULL
);

-- 'held': not built by itself, because its build was aborted or refused, or it was rolled back. An order builds it.
ALTER TABLE projections DROP CONSTRAINT projections_state_check;
ALTER TABLE projections ADD CONSTRAINT projections_state_check CHECK (state IN ('live', 'building', 'old', 'held'));
