import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button, Card, Field } from "../../components/ui";
import { explained, ProblemNotice } from "../../components/ui/ProblemNotice";
import { useLanguage, useMessages } from "../../lib/i18n";
import { Problem } from "../../lib/problem";
import { register } from "./api";
import { unique } from "../../lib/unique";
import { local } from "./back";
import styles from "./accounts.module.css";

const FIELDS = ["handle", "email", "password"] as const;

export function RegisterPage() {
  const t = useMessages();
  const language = useLanguage();
  const navigate = useNavigate();
  const { back } = useSearch({ from: "/register" });
  const [account, setAccount] = useState({ handle: "", email: "", password: "" });
  const [key, setKey] = useState(() => unique());
  const registering = useMutation({
    mutationFn: () => register(key, account),
    onSuccess: () => navigate({ href: local(back) }),
  });
  const problem = registering.error;
  const field = problem instanceof Problem ? FIELDS.find((name) => name === problem.field) : undefined;
  const fault = (name: (typeof FIELDS)[number]) => (field === name ? explained(problem, t, language) : null);
  const change = (name: (typeof FIELDS)[number], value: string) => {
    // Another account is another request.
    setKey(unique());
    setAccount({ ...account, [name]: value });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    registering.mutate();
  };
  return (
    <Card className={styles.form}>
      <title>{`${t.account.registerTitle} · Laurel`}</title>
      <h1>{t.account.registerTitle}</h1>
      <form onSubmit={submit}>
        <Field label={t.account.handle} hint={t.account.handleHint} fault={fault("handle")} name="handle" autoComplete="username" autoCapitalize="none" required minLength={3} maxLength={24} value={account.handle} onChange={(event) => change("handle", event.target.value)} />
        <Field label={t.account.email} hint={t.account.emailHint} fault={fault("email")} name="email" type="email" autoComplete="email" required value={account.email} onChange={(event) => change("email", event.target.value)} />
        <Field label={t.account.password} hint={t.account.passwordHint} fault={fault("password")} name="password" type="password" autoComplete="new-password" required minLength={10} value={account.password} onChange={(event) => change("password", event.target.value)} />
        {problem && !field && <ProblemNotice error={problem} />}
        <Button look="primary" type="submit" disabled={registering.isPending}>{registering.isPending ? t.account.working : t.account.register}</Button>
      </form>
      <p>{t.account.haveAccount} <Link to="/sign-in" search={back ? { back } : {}}>{t.account.signIn}</Link></p>
    </Card>
  );
}
