import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation, useNavigate, useParams } from "@tanstack/react-router";
import { Button, Card, Notice } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { useMessages } from "../../lib/i18n";
import { session } from "../../lib/session";
import { useStore } from "../../lib/store";
import { join } from "./api";
import styles from "./classes.module.css";

/** What an invitation's link leads to. Joining shows one's handle to others, so it wants a click. */
export function JoinPage() {
  const t = useMessages();
  const { code } = useParams({ from: "/join/$code" });
  const signedIn = useStore(session) !== null;
  const back = useLocation({ select: (location) => location.href });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const joining = useMutation({
    mutationFn: () => join(code),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["classes"] });
      await navigate({ to: "/classes" });
    },
  });
  return (
    <Card className={styles.narrow}>
      <title>{`${t.classes.joinTitle} · Laurel`}</title>
      <h1>{t.classes.joinTitle}</h1>
      <p>{t.classes.joinText}</p>
      {signedIn ? <Button look="primary" disabled={joining.isPending} onClick={() => joining.mutate()}>{t.classes.join}</Button> : (
        <Notice>
          <div>{t.classes.signIn}</div>
          <Link to="/sign-in" search={{ back }}>{t.app.signIn}</Link>
          <Link to="/register" search={{ back }}>{t.app.register}</Link>
        </Notice>
      )}
      {joining.error && <ProblemNotice error={joining.error} />}
    </Card>
  );
}
