-- What the boards' names and scores are, for statements that make totals out of ledger rows; `events::board` says the same.
-- The windows an instant falls into.
CREATE FUNCTION public.board_windows(at timestamptz) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN ARRAY['all', to_char(at AT TIME ZONE 'UTC', '"day-"YYYY-MM-DD'),
             to_char(at AT TIME ZONE 'UTC', '"week-"IYYY-IW'), to_char(at AT TIME ZONE 'UTC', '"month-"YYYY-MM')];
-- Points, and among equal points the smaller `tie` first.
CREATE FUNCTION public.board_score(points bigint, tie bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (points << 31) + (2147483647 - tie);
-- Seconds since 2020-01-01.
CREATE FUNCTION public.board_seconds(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(extract(epoch FROM at AT TIME ZONE 'UTC'))::bigint - 1577836800;

CREATE SCHEMA ledger_v2;
-- The staircases' input: what each submission earned, by the judgement that has effect.
CREATE TABLE ledger_v2.judged (
    learner_id    uuid        NOT NULL,
    exercise_id   uuid        NOT NULL,
    submission_id uuid        NOT NULL,
    accepted_seq  bigint      NOT NULL,
    accepted_at   timestamptz NOT NULL,
    points        int         NOT NULL,
    -- NULL: the fact is older than what says it.
    cpu_ms        int,
    category      text        NOT NULL,
    language      text        NOT NULL,
    -- Which applied rejudge set it is of (the sequence of the order to apply it); 0: the first judgement.
    ordered_seq   bigint      NOT NULL,
    PRIMARY KEY (learner_id, exercise_id, submission_id)
);
-- What changes boards, in the order it came about, in three kinds of rows. `no` has no gaps within a partition, taken over
-- the three tables together. `recorded_seq` is the fact that caused it, `recorded_at` that fact's time: "as of" cuts here.
--
-- Differences in points.
CREATE TABLE ledger_v2.ledger (
    partition     smallint    NOT NULL,
    no            bigint      NOT NULL,
    learner_id    uuid        NOT NULL,
    exercise_id   uuid        NOT NULL,
    submission_id uuid        NOT NULL,
    category      text        NOT NULL,
    language      text        NOT NULL,
    points        int         NOT NULL,
    effective_at  timestamptz NOT NULL,
    effective_seq bigint      NOT NULL,
    recorded_seq  bigint      NOT NULL,
    recorded_at   timestamptz NOT NULL,
    PRIMARY KEY (partition, no)
);
CREATE INDEX ledger_by_learner ON ledger_v2.ledger (learner_id);
CREATE INDEX ledger_by_record ON ledger_v2.ledger (recorded_seq) INCLUDE (recorded_at);
-- A learner's best at an exercise from then on: most points, then least CPU time, then accepted first. No points: none.
CREATE TABLE ledger_v2.board_bests (
    partition    smallint    NOT NULL,
    no           bigint      NOT NULL,
    exercise_id  uuid        NOT NULL,
    learner_id   uuid        NOT NULL,
    points       int         NOT NULL,
    cpu_ms       int,
    effective_at timestamptz NOT NULL,
    recorded_seq bigint      NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (partition, no)
);
CREATE INDEX board_bests_by_exercise ON ledger_v2.board_bests (exercise_id, learner_id, recorded_seq);
CREATE INDEX board_bests_by_record ON ledger_v2.board_bests (recorded_seq) INCLUDE (recorded_at);
-- Learners who joined or left a cohort.
CREATE TABLE ledger_v2.board_comings (
    partition    smallint    NOT NULL,
    no           bigint      NOT NULL,
    cohort_id    uuid        NOT NULL,
    learner_id   uuid        NOT NULL,
    -- 1: is a member from then on. 0: is none.
    is_in        smallint    NOT NULL,
    recorded_seq bigint      NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (partition, no)
);
CREATE INDEX board_comings_by_cohort ON ledger_v2.board_comings (cohort_id, learner_id, recorded_seq);
CREATE INDEX board_comings_by_record ON ledger_v2.board_comings (recorded_seq) INCLUDE (recorded_at);
-- Who is in which cohort, and who was.
CREATE TABLE ledger_v2.board_members (
    learner_id  uuid     NOT NULL,
    cohort_id   uuid     NOT NULL,
    -- 1: is a member. 0: was one.
    is_in       smallint NOT NULL,
    changed_seq bigint   NOT NULL,
    PRIMARY KEY (learner_id, cohort_id)
);
-- The last `no` of each partition.
CREATE TABLE ledger_v2.ledger_heads (
    partition smallint PRIMARY KEY,
    no        bigint   NOT NULL
) WITH (fillfactor = 50);
-- The sums of `ledger`, the last of `board_bests`, and for a cohort the global totals of its members: kept, and only where there
-- are points. All of it is a function of the facts, whatever order judges answered in. What does not fit a score's 22 bits
-- halts the projection. (No lower bound: a check looks at the difference about to be added.)
CREATE TABLE ledger_v2.board_totals (
    scope      text        NOT NULL,
    window_at  text        NOT NULL,
    learner_id uuid        NOT NULL,
    points     bigint      NOT NULL CONSTRAINT points_fit_a_score CHECK (points <= 4194303),
    -- When the last of the submissions was accepted that these points are of.
    reached_at timestamptz NOT NULL CONSTRAINT reached_at_fits_a_score CHECK (reached_at >= '2020-01-01 00:00:00+00'),
    score      bigint      NOT NULL,
    PRIMARY KEY (scope, window_at, learner_id)
) WITH (fillfactor = 70);
CREATE INDEX board_totals_by_rank ON ledger_v2.board_totals (scope, window_at, score DESC, learner_id);
SELECT public.adopt_version('ledger', 2);
