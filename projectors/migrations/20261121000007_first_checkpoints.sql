-- The first versions start at the beginning of the log. Later versions get their checkpoints when they are built.
INSERT INTO public.checkpoints (projection, version, part)
SELECT name, 1, lpad(partition::text, 2, '0')
FROM public.projections, generate_series(0, 15) AS partition
WHERE name <> 'learners'
UNION ALL
SELECT 'learners', 1, 'id';
