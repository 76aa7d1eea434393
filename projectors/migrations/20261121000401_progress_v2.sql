-- How learners stand, and how exercises fare: everything that is a sum over what the attempts of one learner at one exercise
-- come to.
CREATE SCHEMA progress_v2;
-- How one learner stands on one exercise. Attempts that ended in a judge error do not count.
CREATE TABLE progress_v2.progress (
    learner_id         uuid        NOT NULL,
    exercise_id        uuid        NOT NULL,
    category           text        NOT NULL,
    attempts           int         NOT NULL,
    judged             int         NOT NULL,
    accepted           int         NOT NULL,
    best_points        int         NOT NULL,
    best_cpu_ms        int,
    best_submission_id uuid,
    solved_at          timestamptz,
    attempts_to_solve  int,
    first_attempt_at   timestamptz NOT NULL,
    last_attempt_at    timestamptz NOT NULL,
    PRIMARY KEY (learner_id, exercise_id)
) WITH (fillfactor = 70);
-- What all else is computed from: every submission known, and its verdict that has effect.
CREATE TABLE progress_v2.attempts (
    learner_id    uuid        NOT NULL,
    exercise_id   uuid        NOT NULL,
    submission_id uuid        NOT NULL,
    received_seq  bigint      NOT NULL,
    received_at   timestamptz NOT NULL,
    language      text        NOT NULL,
    points_max    int         NOT NULL,
    verdict       text,
    points        int,
    cpu_ms        int,
    -- Which applied rejudge set the verdict is of (the sequence of the order to apply it); 0: the first judgement.
    ordered_seq   bigint      NOT NULL,
    PRIMARY KEY (learner_id, exercise_id, submission_id)
);
CREATE INDEX attempts_by_cpu ON progress_v2.attempts (exercise_id, language, cpu_ms, received_seq)
    WHERE verdict = 'accepted' AND cpu_ms IS NOT NULL;
-- How one learner stands altogether: the figures that achievements are about.
CREATE TABLE progress_v2.standings (
    learner_id    uuid   PRIMARY KEY,
    submissions   int    NOT NULL,
    accepted      int    NOT NULL,
    solved        int    NOT NULL,
    points        bigint NOT NULL,
    first_tries   int    NOT NULL,
    comebacks     int    NOT NULL,
    improvements  int    NOT NULL,
    challenges    int    NOT NULL,
    translations  int    NOT NULL,
    categories    int    NOT NULL,
    languages     int    NOT NULL,
    streak_days   int    NOT NULL,
    day_exercises int    NOT NULL,
    -- JSON, for the fold alone.
    counts        text   NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE progress_v2.achievements (
    learner_id   uuid        NOT NULL,
    achievement  text        NOT NULL,
    unlocked_at  timestamptz NOT NULL,
    unlocked_seq bigint      NOT NULL,
    PRIMARY KEY (learner_id, achievement)
);
-- Days in UTC, counted from 1970-01-01, with accepted submissions to so many exercises.
CREATE TABLE progress_v2.active_days (
    learner_id uuid NOT NULL,
    day        int  NOT NULL,
    exercises  int  NOT NULL,
    PRIMARY KEY (learner_id, day)
);
-- How one exercise fares with the learners of one partition: added up when it is read.
CREATE TABLE progress_v2.exercise_outcomes (
    exercise_id uuid     NOT NULL,
    partition   smallint NOT NULL,
    attempts    int      NOT NULL,
    accepted    int      NOT NULL,
    tried       int      NOT NULL,
    solved      int      NOT NULL,
    first_tries int      NOT NULL,
    failures    int      NOT NULL,
    -- JSON: how many learners solved it in a time of each class.
    solved_in   text     NOT NULL,
    PRIMARY KEY (exercise_id, partition)
) WITH (fillfactor = 70);
SELECT public.adopt_version('progress', 2);
