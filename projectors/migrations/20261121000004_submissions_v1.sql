-- Two tables that only ever grow: what was handed in, and what came of it. `source` and `compile_output` (and outputs inside
-- `tests`) stay sealed as they were in the facts. `tests` is JSON that is read whole: as text nothing parses it on its way.
CREATE SCHEMA submissions_v1;
CREATE TABLE submissions_v1.submissions (
    submission_id  uuid        PRIMARY KEY,
    learner_id     uuid        NOT NULL,
    exercise_id    uuid        NOT NULL,
    revision       int         NOT NULL,
    category       text        NOT NULL,
    language       text        NOT NULL,
    size_bytes     int         NOT NULL,
    points_max     int         NOT NULL,
    source         text        NOT NULL,
    received_at    timestamptz NOT NULL,
    received_seq   bigint      NOT NULL
);
CREATE INDEX submissions_by_learner ON submissions_v1.submissions (learner_id, received_seq DESC);
-- The judgement that has effect.
CREATE TABLE submissions_v1.judgements (
    submission_id  uuid        PRIMARY KEY,
    judgement_id   uuid        NOT NULL,
    verdict        text        NOT NULL,
    points         int         NOT NULL,
    cpu_ms         int         NOT NULL,
    memory_kib     int         NOT NULL,
    tests          text        NOT NULL,
    compile_output text,
    reason         text,
    judged_at      timestamptz NOT NULL,
    judged_seq     bigint      NOT NULL
);
INSERT INTO public.projections VALUES ('submissions', 1, 'live');
