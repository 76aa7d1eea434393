import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { Badge, Button, Card, Empty, Field, Loading, Select } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { api, body, type Schemas } from "../../lib/api";
import { named, useMessages } from "../../lib/i18n";
import { type Mark, marks, progressQuery } from "../../lib/progress";
import { session } from "../../lib/session";
import { useStore } from "../../lib/store";
import styles from "./catalogue.module.css";
import { fits, type Filter, parseFilter } from "./filter";

type Exercise = Schemas["ExerciseSummary"];

const PAGE = "100";
const TYPED_MS = 250;

function useExercises(filter: Filter) {
  const { q, category, difficulty } = filter;
  return useInfiniteQuery({
    queryKey: ["exercises", "list", q, category, difficulty],
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(q && { q }), ...(category && { category }), ...(difficulty && { difficulty }), ...(pageParam && { cursor: pageParam }) };
      return body(api.GET("/v1/exercises", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
  });
}

function useMarks(): Map<string, Mark> {
  const handle = useStore(session)?.handle ?? "";
  const progress = useQuery({ ...progressQuery(handle), enabled: handle !== "" });
  return marks(progress.data ?? []);
}

export function CataloguePage() {
  const t = useMessages();
  const filter = parseFilter(useSearch({ from: "/exercises" }));
  const navigate = useNavigate({ from: "/exercises" });
  const known = useMarks();
  const query = useExercises(filter);
  const all = query.data?.pages.flatMap((page) => page.exercises) ?? [];
  const shown = all.filter((exercise) => fits(filter.mark, known.get(exercise.slug)));
  const choose = (change: Partial<Filter>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const clear = () => void navigate({ search: {}, replace: true });
  const isFiltered = Object.values(filter).some(Boolean);
  return (
    <>
      <title>{`${t.catalogue.title} · Laurel`}</title>
      <h1>{t.catalogue.title}</h1>
      <Filters filter={filter} onChange={choose} />
      {query.error && <ProblemNotice error={query.error} onAgain={() => void query.refetch()} />}
      {query.isPending && !query.error && <Loading />}
      {query.isSuccess && (
        <>
          <div className={styles.count} role="status">
            {t.catalogue.count(shown.length)}{query.hasNextPage && "+"}
            {isFiltered && <Button look="quiet" small onClick={clear}>{t.catalogue.clear}</Button>}
          </div>
          {shown.length === 0 && (
            <Card>
              {isFiltered ? <Empty title={t.catalogue.none} hint={t.catalogue.noneHint} /> : <Empty title={t.catalogue.empty} hint={t.catalogue.emptyHint} />}
            </Card>
          )}
          <ul className={styles.list}>
            {shown.map((exercise) => <li key={exercise.slug}><ExerciseCard exercise={exercise} mark={known.get(exercise.slug)} /></li>)}
          </ul>
          {query.hasNextPage && (
            <div className={styles.more}>
              <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t.catalogue.more}</Button>
            </div>
          )}
        </>
      )}
    </>
  );
}

function Filters({ filter, onChange }: { filter: Filter; onChange: (change: Partial<Filter>) => void }) {
  const t = useMessages();
  const signedIn = useStore(session) !== null;
  const catalogue = useQuery({
    queryKey: ["exercises", "first"],
    queryFn: () => body(api.GET("/v1/exercises", { params: { query: { limit: "200" } } })),
    staleTime: 300_000,
  });
  const categories = [...new Set(catalogue.data?.exercises.map((exercise) => exercise.category))].sort();
  const [typed, setTyped] = useState(filter.q ?? "");
  useEffect(() => {
    const settled = setTimeout(() => {
      if (typed !== (filter.q ?? "")) onChange({ q: typed || undefined });
    }, TYPED_MS);
    return () => clearTimeout(settled);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only what was typed is news
  }, [typed]);
  // What clears the filters clears the field too.
  const [told, setTold] = useState(filter.q);
  if (told !== filter.q) {
    setTold(filter.q);
    if (!filter.q) setTyped("");
  }
  return (
    <search className={styles.filters}>
      <Field label={t.catalogue.search} placeholder={t.catalogue.searchHint} type="search" maxLength={100} value={typed} onChange={(event) => setTyped(event.target.value)} />
      <Select label={t.catalogue.category} value={filter.category ?? ""} onChange={(event) => onChange({ category: event.target.value || undefined })}>
        <option value="">{t.catalogue.all}</option>
        {categories.map((name) => <option key={name} value={name}>{named(t.categories, name)}</option>)}
      </Select>
      <Select label={t.catalogue.difficulty} value={filter.difficulty ?? ""} onChange={(event) => onChange({ difficulty: event.target.value || undefined })}>
        <option value="">{t.catalogue.all}</option>
        {["easy", "medium", "hard"].map((name) => <option key={name} value={name}>{named(t.difficulty, name)}</option>)}
      </Select>
      {signedIn && (
        <Select label={t.catalogue.mark} value={filter.mark ?? ""} onChange={(event) => onChange({ mark: event.target.value || undefined })}>
          <option value="">{t.catalogue.all}</option>
          <option value="open">{t.catalogue.open}</option>
          <option value="tried">{t.catalogue.tried}</option>
          <option value="solved">{t.catalogue.solved}</option>
        </Select>
      )}
    </search>
  );
}

const KINDS = { easy: "good", medium: "warm", hard: "bad" } as const;

function ExerciseCard({ exercise, mark }: { exercise: Exercise; mark: Mark | undefined }) {
  const t = useMessages();
  return (
    <article className={styles.card}>
      <h2><Link to="/exercises/$slug" params={{ slug: exercise.slug }}>{exercise.title}</Link></h2>
      <div className={styles.meta}>
        <Badge kind={KINDS[exercise.difficulty as keyof typeof KINDS]}>{named(t.difficulty, exercise.difficulty)}</Badge>
        <span>{named(t.categories, exercise.category)}</span>
        {mark === "solved" && <Badge kind="good"><span aria-hidden="true">✓</span>{t.catalogue.solved}</Badge>}
        {mark === "tried" && <Badge kind="cool">{t.catalogue.tried}</Badge>}
        <span>{t.catalogue.points(exercise.points)}</span>
      </div>
    </article>
  );
}
