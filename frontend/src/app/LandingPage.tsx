import { Link } from "@tanstack/react-router";
import { buttonClass, Card } from "../components/ui";
import { LiveBoard } from "../features/boards/LiveBoard";
import { useMessages } from "../lib/i18n";
import { session } from "../lib/session";
import { useStore } from "../lib/store";
import styles from "./LandingPage.module.css";

export function LandingPage() {
  const t = useMessages();
  const signedIn = useStore(session);
  const facts = [
    [t.landing.fact1, t.landing.fact1Text],
    [t.landing.fact2, t.landing.fact2Text],
    [t.landing.fact3, t.landing.fact3Text],
  ] as const;
  return (
    <div className={styles.landing}>
      <title>Laurel</title>
      <div className={styles.top}>
        <div className={styles.words}>
          <h1>{t.landing.title}</h1>
          <p className={styles.lead}>{t.landing.lead}</p>
          <div className={styles.actions}>
            <Link to="/exercises" className={buttonClass("primary")}>{signedIn ? t.landing.browse : t.landing.start}</Link>
            {!signedIn && <Link to="/register" className={buttonClass()}>{t.app.register}</Link>}
          </div>
        </div>
        <Card className={styles.board} aria-labelledby="now">
          <header>
            <h2 id="now">{t.landing.board}</h2>
            <Link to="/boards/$scope" params={{ scope: "global" }}>{t.landing.whole}</Link>
            <p>{t.landing.boardHint}</p>
          </header>
          <LiveBoard scope="global" window="all" places={8} emptyHint={t.landing.empty} />
        </Card>
      </div>
      <section aria-labelledby="facts">
        <h2 id="facts" className="hidden-text">{t.landing.facts}</h2>
        <ul className={styles.facts}>
          {facts.map(([title, text]) => <li key={title}><h3>{title}</h3><p>{text}</p></li>)}
        </ul>
      </section>
    </div>
  );
}
