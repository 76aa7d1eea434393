import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button, Card, Field } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { useStaffMessages } from "../../lib/i18n/staff";
import { unique } from "../../lib/unique";
import { make } from "./api";
import styles from "./classes.module.css";

/** For instructors: another class, led by who makes it. */
export function MakeForm() {
  const s = useStaffMessages().teaching;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const [key, setKey] = useState(unique);
  const making = useMutation({
    mutationFn: () => make(name.trim(), key),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ["classes"] });
      await navigate({ to: "/classes/$id", params: { id: made.cohort_id } });
    },
  });
  const change = (text: string) => {
    setKey(unique());
    setName(text);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <Card>
      <form className={styles.form} onSubmit={submit}>
        <Field label={s.name} hint={s.nameHint} required maxLength={100} autoComplete="off" value={name} onChange={(event) => change(event.target.value)} />
        <Button type="submit" disabled={making.isPending}>{s.make}</Button>
      </form>
      {making.error && <ProblemNotice error={making.error} />}
    </Card>
  );
}
