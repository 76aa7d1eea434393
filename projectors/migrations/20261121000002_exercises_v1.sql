CREATE SCHEMA exercises_v1;
CREATE TABLE exercises_v1.exercises (
    exercise_id    uuid        PRIMARY KEY,
    slug           text        NOT NULL UNIQUE,
    revision       int         NOT NULL,
    status         text        NOT NULL,
    title          text        NOT NULL,
    statement      text        NOT NULL,
    category       text        NOT NULL,
    difficulty     text        NOT NULL,
    points         int         NOT NULL,
    languages      text[]      NOT NULL,
    cpu_ms         int         NOT NULL,
    memory_kib     int         NOT NULL,
    output_kib     int         NOT NULL,
    samples        jsonb       NOT NULL,
    package_digest text        NOT NULL,
    author_id      uuid        NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL
);
CREATE INDEX exercises_by_category ON exercises_v1.exercises (category, slug);
INSERT INTO public.projections VALUES ('exercises', 1, 'live');
