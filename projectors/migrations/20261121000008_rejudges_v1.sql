CREATE SCHEMA rejudges_v1;
-- Rejudge sets as they stand.
CREATE TABLE rejudges_v1.rejudges (
    set_id        uuid        PRIMARY KEY,
    status        text        NOT NULL,
    exercise_id   uuid,
    -- JSON of events::rejudge::Selection, read whole.
    selection     text        NOT NULL,
    judge_by      text        NOT NULL,
    reason        text        NOT NULL,
    requested_by  uuid        NOT NULL,
    requested_at  timestamptz NOT NULL,
    submissions   int,
    ended_by      uuid,
    changed_at    timestamptz NOT NULL,
    requested_seq bigint      NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX rejudges_by_request ON rejudges_v1.rejudges (requested_seq DESC);
-- The submissions of a set: what judges were asked for.
CREATE TABLE rejudges_v1.rejudge_submissions (
    set_id        uuid     NOT NULL,
    submission_id uuid     NOT NULL,
    learner_id    uuid     NOT NULL,
    exercise_id   uuid     NOT NULL,
    asked_seq     bigint   NOT NULL,
    PRIMARY KEY (set_id, submission_id)
);
-- The results of sets, whether they have effect or not. As in `judgements`, what a learner's program printed is sealed.
CREATE TABLE rejudges_v1.rejudgements (
    set_id         uuid        NOT NULL,
    submission_id  uuid        NOT NULL,
    judgement_id   uuid        NOT NULL,
    revision       int         NOT NULL,
    verdict        text        NOT NULL,
    points         int         NOT NULL,
    points_max     int         NOT NULL,
    cpu_ms         int         NOT NULL,
    memory_kib     int         NOT NULL,
    tests          text        NOT NULL,
    compile_output text,
    reason         text,
    judged_at      timestamptz NOT NULL,
    judged_seq     bigint      NOT NULL,
    PRIMARY KEY (set_id, submission_id)
);
CREATE INDEX rejudgements_by_submission ON rejudges_v1.rejudgements (submission_id, judged_seq);
-- Which results have effect. Of several for one submission the one with the highest `ordered_seq`.
CREATE TABLE rejudges_v1.rejudge_effects (
    set_id        uuid        NOT NULL,
    submission_id uuid        NOT NULL,
    learner_id    uuid        NOT NULL,
    judgement_id  uuid        NOT NULL,
    ordered_seq   bigint      NOT NULL,
    applied_at    timestamptz NOT NULL,
    applied_seq   bigint      NOT NULL,
    PRIMARY KEY (set_id, submission_id)
);
CREATE INDEX rejudge_effects_by_submission ON rejudges_v1.rejudge_effects (submission_id, ordered_seq DESC);
CREATE INDEX rejudge_effects_by_learner ON rejudges_v1.rejudge_effects (learner_id, applied_seq);

-- Which applied set a verdict is of (the sequence of the order to apply it); 0: the first judgement.
ALTER TABLE ledger_v1.judged ADD COLUMN ordered_seq bigint NOT NULL DEFAULT 0;
ALTER TABLE progress_v1.attempts ADD COLUMN ordered_seq bigint NOT NULL DEFAULT 0;

-- No fact of rejudging is older than this projection, so it begins where the ledger stands.
INSERT INTO public.projections VALUES ('rejudges', 1, 'live');
INSERT INTO public.checkpoints (projection, version, part, sequence, epoch, digest)
SELECT 'rejudges', 1, part, sequence, epoch, digest FROM public.checkpoints
JOIN public.projections ON name = projection AND projections.version = checkpoints.version AND state = 'live'
WHERE projection = 'ledger';
