import { useQuery } from "@tanstack/react-query";
import { Select } from "../../components/ui";
import { api, body } from "../../lib/api";
import { type Messages, named, useMessages } from "../../lib/i18n";
import { languageTitle } from "../../lib/languages";
import { session } from "../../lib/session";
import { useStore } from "../../lib/store";

const MINUTES = 60_000;

function useChoices() {
  const signedIn = useStore(session);
  const catalogue = useQuery({
    queryKey: ["exercises", "first"],
    queryFn: () => body(api.GET("/v1/exercises", { params: { query: { limit: "200" } } })),
    staleTime: 5 * MINUTES,
  });
  const classes = useQuery({
    queryKey: ["classes"],
    queryFn: () => body(api.GET("/v1/cohorts", {})),
    enabled: signedIn !== null,
  });
  const exercises = catalogue.data?.exercises ?? [];
  const sorted = (names: string[]) => [...new Set(names)].sort();
  return {
    categories: sorted(exercises.map((exercise) => exercise.category)),
    languages: sorted(exercises.flatMap((exercise) => exercise.languages)),
    classes: classes.data?.cohorts ?? [],
  };
}

export function useScopeTitle(scope: string): string {
  const t = useMessages();
  const { classes } = useChoices();
  return title(scope, t, classes);
}

function title(scope: string, t: Messages, classes: readonly { cohort_id: string; name: string }[]): string {
  const [kind, ...rest] = scope.split(":");
  const name = rest.join(":");
  if (kind === "category") return named(t.categories, name);
  if (kind === "language") return languageTitle(name);
  if (kind === "exercise") return t.board.ofExercise(name);
  if (kind === "cohort") return classes.find((cohort) => cohort.cohort_id === name)?.name ?? t.board.title;
  return t.board.global;
}

export function ScopeSelect({ scope, onChange }: { scope: string; onChange: (scope: string) => void }) {
  const t = useMessages();
  const { categories, languages, classes } = useChoices();
  const known = scope === "global" || scope.startsWith("category:") && categories.includes(scope.slice(9)) || scope.startsWith("language:") && languages.includes(scope.slice(9)) || classes.some((cohort) => scope === `cohort:${cohort.cohort_id}`);
  return (
    <Select label={t.board.scope} value={scope} onChange={(event) => onChange(event.target.value)}>
      <option value="global">{t.board.global}</option>
      {!known && <option value={scope}>{title(scope, t, classes)}</option>}
      {classes.length > 0 && (
        <optgroup label={t.board.groupClasses}>
          {classes.map((cohort) => <option key={cohort.cohort_id} value={`cohort:${cohort.cohort_id}`}>{cohort.name}</option>)}
        </optgroup>
      )}
      <optgroup label={t.board.groupCategories}>
        {categories.map((name) => <option key={name} value={`category:${name}`}>{named(t.categories, name)}</option>)}
      </optgroup>
      <optgroup label={t.board.groupLanguages}>
        {languages.map((name) => <option key={name} value={`language:${name}`}>{languageTitle(name)}</option>)}
      </optgroup>
    </Select>
  );
}
