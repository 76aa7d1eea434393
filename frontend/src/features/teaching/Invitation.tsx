import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button, Card } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { useFormat } from "../../lib/format";
import { useMessages } from "../../lib/i18n";
import { useStaffMessages } from "../../lib/i18n/staff";
import { invite, withdraw } from "./api";
import styles from "./teaching.module.css";

/** The code learners join by, and the link that says it. It stands nowhere, so it is asked for. */
export function Invitation({ id }: { id: string }) {
  const t = useMessages();
  const s = useStaffMessages().teaching;
  const format = useFormat();
  const [copied, setCopied] = useState(false);
  const inviting = useMutation({ mutationFn: (renew: boolean) => invite(id, renew), onSuccess: () => setCopied(false) });
  const withdrawing = useMutation({ mutationFn: () => withdraw(id), onSuccess: () => inviting.reset() });
  const code = inviting.data?.code;
  const until = inviting.data?.expires_at;
  const link = code ? `${location.origin}/join/${encodeURIComponent(code)}` : "";
  const copy = async () => {
    await navigator.clipboard.writeText(link);
    setCopied(true);
  };
  return (
    <Card className={styles.part} aria-labelledby="invitation">
      <header>
        <h2 id="invitation">{s.invitation}</h2>
        <div className={styles.actions}>
          {!code && <Button small look="primary" disabled={inviting.isPending} onClick={() => inviting.mutate(false)}>{s.show}</Button>}
          {code && <Button small disabled={inviting.isPending} title={s.renewHint} onClick={() => inviting.mutate(true)}>{s.renew}</Button>}
          <Button small disabled={withdrawing.isPending} onClick={() => withdrawing.mutate()}>{s.withdraw}</Button>
        </div>
      </header>
      <p role="status">{withdrawing.isSuccess && !code ? s.withdrawn : s.invitationHint}</p>
      {code && (
        <dl className={styles.code}>
          <div><dt>{s.code}</dt><dd>{code}</dd></div>
          <div><dt>{s.link}</dt><dd>{link}</dd></div>
        </dl>
      )}
      {until && <p>{s.expires(format.time(until))}</p>}
      {code && navigator.clipboard && <div><Button small onClick={() => void copy()}>{copied ? t.board.copied : s.copyLink}</Button></div>}
      {inviting.error && <ProblemNotice error={inviting.error} />}
      {withdrawing.error && <ProblemNotice error={withdrawing.error} />}
    </Card>
  );
}
