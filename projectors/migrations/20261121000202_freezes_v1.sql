CREATE SCHEMA freezes_v1;
-- The scopes whose boards stand still for others: what is shown is the ledger up to `frozen_seq`.
CREATE TABLE freezes_v1.freezes (
    board      uuid        PRIMARY KEY,
    scope      text        NOT NULL,
    frozen_seq bigint      NOT NULL,
    frozen_at  timestamptz NOT NULL,
    frozen_by  uuid        NOT NULL
);
SELECT public.adopt_version('freezes', 1);
