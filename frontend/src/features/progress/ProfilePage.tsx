import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useParams } from "@tanstack/react-router";
import { Notice } from "../../components/ui";
import { Read } from "../../components/ui/ProblemNotice";
import { useFormat } from "../../lib/format";
import { useMessages } from "../../lib/i18n";
import { session } from "../../lib/session";
import { useStore } from "../../lib/store";
import { Achievements } from "./Achievements";
import { Activity } from "./Activity";
import { profileQuery, statisticsQuery } from "./api";
import { Bests } from "./Bests";
import { Categories } from "./Categories";
import styles from "./progress.module.css";

/** A learner: what everybody may see, and for who is signed in how they are getting on. */
export function ProfilePage() {
  const { handle } = useParams({ from: "/learners/$handle" });
  const query = useQuery(profileQuery(handle));
  const t = useMessages();
  const format = useFormat();
  const signedIn = useStore(session) !== null;
  const back = useLocation({ select: (location) => location.href });
  return (
    <Read query={query}>
      {(profile) => (
        <>
          <title>{`${profile.handle} · Laurel`}</title>
          <div className={styles.top}>
            <h1>{profile.handle}</h1>
            <p>{t.profile.since(format.day(profile.registered_at))}</p>
          </div>
          {signedIn ? <Figures handle={handle} /> : (
            <>
              <dl className={styles.figures}>
                <div><dt>{t.profile.points}</dt><dd>{format.number(profile.points)}</dd></div>
                <div><dt>{t.profile.solved}</dt><dd>{format.number(profile.solved)}</dd></div>
              </dl>
              <Notice><div>{t.profile.signIn}</div><Link to="/sign-in" search={{ back }}>{t.app.signIn}</Link></Notice>
            </>
          )}
        </>
      )}
    </Read>
  );
}

function Figures({ handle }: { handle: string }) {
  const t = useMessages();
  const format = useFormat();
  const query = useQuery(statisticsQuery(handle));
  return (
    <>
      <Read query={query}>
        {(found) => (
          <>
            <dl className={styles.figures}>
              <div><dt>{t.profile.points}</dt><dd>{format.number(found.points)}</dd></div>
              <div><dt>{t.profile.solved}</dt><dd>{format.number(found.solved)}<small>{format.number(found.tried)} {t.catalogue.tried.toLowerCase()}</small></dd></div>
              <div><dt>{t.profile.accuracy}</dt><dd>{found.accuracy === null || found.accuracy === undefined ? "–" : format.percent(found.accuracy)}<small>{format.number(found.accepted)} / {format.number(found.submissions)}</small></dd></div>
              <div><dt>{t.profile.streak}</dt><dd>{t.profile.streakDays(found.streaks.current_days)}<small>{t.profile.longest(found.streaks.longest_days)}</small></dd></div>
            </dl>
            <Activity handle={handle} />
            <div className={styles.two}>
              <Categories groups={found.by_category} />
              <Achievements handle={handle} />
            </div>
          </>
        )}
      </Read>
      <Bests handle={handle} />
    </>
  );
}
