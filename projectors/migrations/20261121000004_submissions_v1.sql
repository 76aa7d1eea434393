-- `source` and `compile_output` (and outputs inside `tests`) stay sealed as they were in the facts.
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
    received_seq   bigint      NOT NULL,
    judgement_id   uuid,
    verdict        text,
    points         int,
    cpu_ms         int,
    memory_kib     int,
    tests          jsonb,
    compile_output text,
    reason         text,
    judged_at      timestamptz,
    judged_seq     bigint
) WITH (fillfactor = 70);
CREATE INDEX submissions_by_learner ON submissions_v1.submissions (learner_id, received_seq DESC);
INSERT INTO public.projections VALUES ('submissions', 1, 'live');
