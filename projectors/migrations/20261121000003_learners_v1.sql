-- From IDENTITY. The only personal data in a read model: the handle. An erased learner has no row.
CREATE SCHEMA learners_v1;
CREATE TABLE learners_v1.learners (
    learner_id    uuid        PRIMARY KEY,
    handle        text        NOT NULL,
    handle_folded text        NOT NULL UNIQUE,
    roles         text[]      NOT NULL,
    registered_at timestamptz NOT NULL
);
INSERT INTO public.projections VALUES ('learners', 1, 'live');
