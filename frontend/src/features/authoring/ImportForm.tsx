import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button, Card, Field, Notice, Select } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { named, useMessages } from "../../lib/i18n";
import { useStaffMessages } from "../../lib/i18n/staff";
import { Problem } from "../../lib/problem";
import { checkedOf, importPackage, revisionOf, type Wishes } from "./api";
import { SelfCheck } from "./SelfCheck";
import styles from "./authoring.module.css";

/** A package comes in: with what its own submissions came to, whether it was taken or not. */
export function ImportForm({ slug }: { slug: string }) {
  const s = useStaffMessages().authoring;
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [wishes, setWishes] = useState<Wishes>({ slug, category: "", difficulty: "", points: "", showFirst: false });
  const importing = useMutation({
    mutationFn: async ({ force, revises }: { force: boolean; revises: string | null }) => {
      if (!file) throw new Error("no file was chosen");
      const revision = revises === null ? null : await revisionOf(revises);
      return importPackage(file, wishes, { force, revision });
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ["exercises"] }),
  });
  // One that was begun for an exercise revises that.
  const revises = slug !== "" && wishes.slug === slug ? slug : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    importing.mutate({ force: false, revises });
  };
  const code = importing.error instanceof Problem ? importing.error.code : null;
  const detail = importing.error instanceof Problem ? importing.error.message : "";
  const checked = importing.data?.submissions ?? checkedOf(importing.error);
  return (
    <Card className={styles.part} aria-labelledby="import">
      <h2 id="import">{s.import}</h2>
      <p>{s.importHint}</p>
      <form className={styles.form} onSubmit={submit}>
        <Field label={s.file} type="file" required accept=".zip,.tar.gz,.tgz,.json" onChange={(event) => setFile(event.target.files?.[0] ?? null)} />
        <WishFields wishes={wishes} onChange={setWishes} />
        <div className={styles.actions}>
          <Button look="primary" type="submit" disabled={importing.isPending || !file}>{s.go}</Button>
          {importing.isPending && <span role="status">{s.working}</span>}
        </div>
      </form>
      {importing.error && <ProblemNotice error={importing.error} />}
      {code === "package_unreadable" && <p lang="en">{detail}</p>}
      <div className={styles.actions}>
        {code === "self_check_failed" && <Button onClick={() => importing.mutate({ force: true, revises })}>{s.force}</Button>}
        {code === "if_match_required" && wishes.slug !== "" && <Button onClick={() => importing.mutate({ force: false, revises: wishes.slug })}>{s.revise}</Button>}
      </div>
      {importing.data && (
        <Notice>
          <div>{s.imported(importing.data.slug, importing.data.revision)}</div>
          <Link to="/exercises/$slug" params={{ slug: importing.data.slug }}>{s.look}</Link>
        </Notice>
      )}
      {checked && checked.length > 0 && <SelfCheck submissions={checked} />}
      {importing.data && importing.data.warnings.length > 0 && (
        <section aria-labelledby="warnings">
          <h3 id="warnings">{s.warnings}</h3>
          <ul lang="en">{importing.data.warnings.map((warning) => <li key={warning}>{warning}</li>)}</ul>
        </section>
      )}
    </Card>
  );
}

function WishFields({ wishes, onChange }: { wishes: Wishes; onChange: (wishes: Wishes) => void }) {
  const t = useMessages();
  const s = useStaffMessages().authoring;
  const set = (change: Partial<Wishes>) => onChange({ ...wishes, ...change });
  return (
    <details open={wishes.slug !== "" || undefined}>
      <summary>{s.wishes}</summary>
      <div className={styles.wishes}>
        <Field label={s.slug} hint={s.slugHint} maxLength={64} pattern="[a-z0-9\-]*" value={wishes.slug} onChange={(event) => set({ slug: event.target.value })} />
        <Field label={s.category} maxLength={64} value={wishes.category} onChange={(event) => set({ category: event.target.value })} />
        <Select label={s.difficulty} value={wishes.difficulty} onChange={(event) => set({ difficulty: event.target.value })}>
          <option value="">{s.asPackage}</option>
          {["easy", "medium", "hard"].map((name) => <option key={name} value={name}>{named(t.difficulty, name)}</option>)}
        </Select>
        <Field label={s.points} type="number" min={1} max={1000} value={wishes.points} onChange={(event) => set({ points: event.target.value })} />
        <label className={styles.check}><input type="checkbox" checked={wishes.showFirst} onChange={(event) => set({ showFirst: event.target.checked })} />{s.showFirst}</label>
      </div>
    </details>
  );
}
