CREATE SCHEMA cohorts_v2;
-- Cohorts as they stand.
CREATE TABLE cohorts_v2.cohorts (
    cohort_id   uuid        PRIMARY KEY,
    name        text        NOT NULL,
    status      text        NOT NULL,
    -- Ids, as text because COPY is given lists of texts.
    instructors text[]      NOT NULL,
    invitation  uuid,
    created_at  timestamptz NOT NULL,
    created_seq bigint      NOT NULL,
    -- Of the invitation, if it does.
    invitation_expires_at timestamptz
);
CREATE INDEX cohorts_by_instructor ON cohorts_v2.cohorts USING gin (instructors);
-- Who belongs to which. Rows are written by the partition of the learner.
CREATE TABLE cohorts_v2.cohort_members (
    cohort_id  uuid        NOT NULL,
    learner_id uuid        NOT NULL,
    joined_at  timestamptz NOT NULL,
    joined_seq bigint      NOT NULL,
    PRIMARY KEY (cohort_id, learner_id)
);
CREATE INDEX cohort_members_by_learner ON cohorts_v2.cohort_members (learner_id);
SELECT public.adopt_version('cohorts', 2);
