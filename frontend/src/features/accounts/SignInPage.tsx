import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { Button, Card, Field, Notice } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { useMessages } from "../../lib/i18n";
import { signIn } from "./api";
import { local } from "./back";
import styles from "./accounts.module.css";

export function SignInPage() {
  const t = useMessages();
  const navigate = useNavigate();
  const { back } = useSearch({ from: "/sign-in" });
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const signing = useMutation({
    mutationFn: () => signIn(login.trim(), password),
    onSuccess: () => navigate({ href: local(back) }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signing.mutate();
  };
  return (
    <Card className={styles.form}>
      <title>{`${t.account.signInTitle} · Laurel`}</title>
      <h1>{t.account.signInTitle}</h1>
      {back && <Notice>{t.account.ended}</Notice>}
      <form onSubmit={submit}>
        <Field label={t.account.login} name="login" autoComplete="username" required autoCapitalize="none" value={login} onChange={(event) => setLogin(event.target.value)} />
        <Field label={t.account.password} name="password" type="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
        {signing.error && <ProblemNotice error={signing.error} />}
        <Button look="primary" type="submit" disabled={signing.isPending}>{signing.isPending ? t.account.working : t.account.signIn}</Button>
      </form>
      <p>{t.account.noAccount} <Link to="/register" search={back ? { back } : {}}>{t.account.register}</Link></p>
    </Card>
  );
}
