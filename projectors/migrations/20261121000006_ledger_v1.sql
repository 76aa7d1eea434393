CREATE SCHEMA ledger_v1;
-- The staircases' input: what each submission earned, the first judgement only.
CREATE TABLE ledger_v1.judged (
    learner_id    uuid        NOT NULL,
    exercise_id   uuid        NOT NULL,
    submission_id uuid        NOT NULL,
    accepted_seq  bigint      NOT NULL,
    accepted_at   timestamptz NOT NULL,
    points        int         NOT NULL,
    category      text        NOT NULL,
    language      text        NOT NULL,
    PRIMARY KEY (learner_id, exercise_id, submission_id)
);
-- Differences, in the order they came about. `no` has no gaps within a partition.
CREATE TABLE ledger_v1.ledger (
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
    PRIMARY KEY (partition, no)
);
-- The `no` of each partition's last row.
CREATE TABLE ledger_v1.ledger_heads (
    partition smallint PRIMARY KEY,
    no        bigint   NOT NULL
) WITH (fillfactor = 50);
-- The sums of `ledger`, kept. What does not fit a score's 22 bits halts the projection. (No lower bound: a check looks at
-- the difference about to be added, and the sum of a staircase cannot be negative.)
CREATE TABLE ledger_v1.board_totals (
    scope      text        NOT NULL,
    window_at  text        NOT NULL,
    learner_id uuid        NOT NULL,
    points     bigint      NOT NULL CONSTRAINT points_fit_a_score CHECK (points <= 4194303),
    reached_at timestamptz NOT NULL,
    partition  smallint    NOT NULL,
    no         bigint      NOT NULL,
    PRIMARY KEY (scope, window_at, learner_id)
) WITH (fillfactor = 70);
-- Partial, so that a look-up of one learner's total, which does not ask for points, cannot take it for its index: while a
-- table is young and the planner knows nothing of it, both seem as good, and this one reads the whole board.
CREATE INDEX board_totals_by_rank ON ledger_v1.board_totals (scope, window_at, points DESC, reached_at)
    WHERE points > 0;
INSERT INTO public.projections VALUES ('ledger', 1, 'live');
