import { Link } from "@tanstack/react-router";
import { buttonClass, Button, Card, Empty } from "../components/ui";
import { ProblemNotice } from "../components/ui/ProblemNotice";
import { useMessages } from "../lib/i18n";

export function NotFound() {
  const t = useMessages();
  return (
    <Card>
      <Empty title={t.problem.notFound} hint={t.problem.notFoundHint}>
        <Link to="/" className={buttonClass()}>{t.problem.home}</Link>
      </Empty>
    </Card>
  );
}

/** What a part of the page threw; or one that is not there any more, because the server has a newer release. */
export function WentWrong({ error }: { error: unknown }) {
  const t = useMessages();
  const isStale = /dynamically imported module|Importing a module/.test(String(error));
  return (
    <Card>
      {isStale ? <Empty title={t.problem.stale} hint={t.problem.notFoundHint} /> : <ProblemNotice error={error} />}
      <Button onClick={() => location.reload()}>{t.problem.reload}</Button>
    </Card>
  );
}
