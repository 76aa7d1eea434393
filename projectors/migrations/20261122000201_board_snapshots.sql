-- What makes boards of the past quick (ADR 11). The owner of the read models derives all of it from the live ledger, apart from
-- the folds' transactions: a table that is emptied fills again, and a board is the same without it, only later.
--
-- A row is true of one life of the boards, and for as long as `parked` is how many facts up to its sequence wait: what a redrive
-- or discard lets go on writes rows of the past.

-- How many facts up to here the live ledger lacks, because they are parked.
CREATE FUNCTION public.ledger_parked(up_to bigint) RETURNS bigint LANGUAGE sql STABLE
RETURN (SELECT count(*) FROM public.parked JOIN public.projections ON (name, projections.version) = (projection, parked.version)
        WHERE state = 'live' AND name = 'ledger' AND sequence <= up_to);

-- A stretch of FACTS that every partition has passed, and what its rows lie between. No rows: NULL.
CREATE TABLE public.board_stretches (
    life           uuid   NOT NULL,
    -- Rows recorded by facts behind `from_seq`, up to `to_seq`.
    from_seq       bigint NOT NULL,
    to_seq         bigint NOT NULL,
    parked         bigint NOT NULL,
    -- Of everything that changes boards, the earliest.
    recorded_from  timestamptz,
    -- Of differences in points, the earliest and the latest.
    effective_from timestamptz,
    effective_to   timestamptz,
    PRIMARY KEY (life, to_seq)
);

-- A board as it stood at a sequence.
CREATE TABLE public.board_snapshots (
    life      uuid   NOT NULL,
    scope     text   NOT NULL,
    window_at text   NOT NULL,
    sequence  bigint NOT NULL,
    parked    bigint NOT NULL,
    -- As `events::places` packs them: 24 bytes a learner.
    places    bytea  NOT NULL,
    PRIMARY KEY (life, scope, window_at, sequence)
);
-- Ids do not compress.
ALTER TABLE public.board_snapshots ALTER COLUMN places SET STORAGE EXTERNAL;

-- How many rows came since a board's last snapshot, and from how many on the next one is due. Nothing but that goes by it.
CREATE TABLE public.board_changes (
    life      uuid   NOT NULL,
    scope     text   NOT NULL,
    window_at text   NOT NULL,
    changes   bigint NOT NULL,
    due_from  bigint NOT NULL,
    PRIMARY KEY (life, scope, window_at)
) WITH (fillfactor = 50);

-- Both functions speak of the ledger that is live for whoever calls them, by its search_path: there is none here.
SET LOCAL check_function_bodies = off;

-- What rows recorded behind `behind_seqs`, up to the `up_to_seqs` beside them, come to for each learner. Where nothing was taken
-- away (`lost`), `gained` was added, the last of it for a submission accepted at `reached_at`.
CREATE FUNCTION public.ledger_changes(
    of_category text, of_language text, begins_at timestamptz, ends_at timestamptz, behind_seqs bigint[], up_to_seqs bigint[]
) RETURNS TABLE (learner uuid, gained bigint, reached_at timestamptz, lost bool) LANGUAGE sql STABLE AS $$
    SELECT learner_id, sum(points)::bigint, max(effective_at) FILTER (WHERE points > 0), bool_or(points < 0)
    FROM unnest(behind_seqs, up_to_seqs) AS stretch (behind_seq, up_to_seq)
      JOIN ledger ON recorded_seq > behind_seq AND recorded_seq <= up_to_seq
    WHERE (begins_at IS NULL OR effective_at >= begins_at) AND (ends_at IS NULL OR effective_at < ends_at)
      AND (of_category IS NULL OR category = of_category) AND (of_language IS NULL OR language = of_language)
    GROUP BY learner_id
$$;

-- What these learners had at a sequence, and when the last of the submissions was accepted that this is of. Who had nothing is
-- not among them.
CREATE FUNCTION public.ledger_sums(
    of_category text, of_language text, begins_at timestamptz, ends_at timestamptz, up_to_seq bigint, learners uuid[]
) RETURNS TABLE (learner uuid, total bigint, reached_at timestamptz) LANGUAGE sql STABLE AS $$
    SELECT learner_id, sum(earned)::bigint, max(effective_at)
    FROM (
        SELECT learner_id, effective_at, sum(points) AS earned FROM ledger
        WHERE learner_id = ANY(learners) AND recorded_seq <= up_to_seq
          AND (begins_at IS NULL OR effective_at >= begins_at) AND (ends_at IS NULL OR effective_at < ends_at)
          AND (of_category IS NULL OR category = of_category) AND (of_language IS NULL OR language = of_language)
        GROUP BY submission_id, learner_id, effective_at HAVING sum(points) > 0
    ) AS steps GROUP BY learner_id
$$;
