CREATE SCHEMA progress_v1;
-- How one learner stands on one exercise.
CREATE TABLE progress_v1.progress (
    learner_id        uuid        NOT NULL,
    exercise_id       uuid        NOT NULL,
    category          text        NOT NULL,
    attempts          int         NOT NULL,
    best_points       int         NOT NULL,
    solved_at         timestamptz,
    attempts_to_solve int,
    first_attempt_at  timestamptz NOT NULL,
    last_attempt_at   timestamptz NOT NULL,
    PRIMARY KEY (learner_id, exercise_id)
) WITH (fillfactor = 70);
-- What `progress` is computed from: every submission known, in order of acceptance.
CREATE TABLE progress_v1.attempts (
    learner_id    uuid        NOT NULL,
    exercise_id   uuid        NOT NULL,
    submission_id uuid        NOT NULL,
    received_seq  bigint      NOT NULL,
    received_at   timestamptz NOT NULL,
    verdict       text,
    points        int,
    PRIMARY KEY (learner_id, exercise_id, submission_id)
);
INSERT INTO public.projections VALUES ('progress', 1, 'live');
