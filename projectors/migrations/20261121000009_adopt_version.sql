-- How a projection version enters. Its migration creates the schema `<name>_v<version>` with all its tables and ends with
-- `SELECT public.adopt_version('<name>', <version>)`. On a database that has not read anything yet the version is live at
-- once, in place of an older one. Else nothing happens here: the tables are the shape that projectors build it in, from the
-- first event on, beside what is live.
CREATE FUNCTION public.adopt_version(new_name text, new_version int, personal bool DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    older record;
BEGIN
    IF EXISTS (SELECT FROM public.checkpoints WHERE sequence > 0) THEN
        RETURN;
    END IF;
    FOR older IN SELECT name, version FROM public.projections WHERE name = new_name LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', older.name || '_v' || older.version);
    END LOOP;
    DELETE FROM public.checkpoints WHERE projection = new_name;
    DELETE FROM public.projections WHERE name = new_name;
    INSERT INTO public.projections (name, version, state) VALUES (new_name, new_version, 'live');
    INSERT INTO public.checkpoints (projection, version, part)
    SELECT new_name, new_version, part
    FROM (SELECT lpad(number::text, 2, '0') AS part FROM generate_series(0, 15) AS number) AS facts
    WHERE NOT personal
    UNION ALL
    SELECT new_name, new_version, 'id' WHERE personal;
END
$$;
