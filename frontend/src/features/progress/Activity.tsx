import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Card, Empty } from "../../components/ui";
import { Read } from "../../components/ui/ProblemNotice";
import { useFormat } from "../../lib/format";
import { useMessages } from "../../lib/i18n";
import { activityQuery } from "./api";
import { calendar, curve, type Day } from "./days";
import styles from "./progress.module.css";

const WIDTH = 600;
const HEIGHT = 160;

/** A year: the curve of points, and a square for each day. */
export function Activity({ handle }: { handle: string }) {
  const t = useMessages();
  const query = useQuery(activityQuery(handle));
  return (
    <Read query={query}>
      {({ days, from, until }) => (
        <div className={styles.two}>
          <Card className={styles.part} aria-labelledby="curve">
            <header><h2 id="curve">{t.profile.pointsOverTime}</h2></header>
            <Curve days={days} until={until} />
          </Card>
          <Card className={styles.part} aria-labelledby="activity">
            <header><h2 id="activity">{t.profile.activity}</h2></header>
            <Calendar days={days} from={from} until={until} />
          </Card>
        </div>
      )}
    </Read>
  );
}

function Curve({ days, until }: { days: readonly Day[]; until: string }) {
  const t = useMessages();
  const format = useFormat();
  const drawn = curve(days, until, WIDTH, HEIGHT);
  const first = days[0];
  if (!drawn || !first) return <Empty title={t.profile.empty} hint={t.profile.emptyHint} />;
  const day = (name: string) => format.day(`${name}T12:00:00`);
  return (
    <>
      <svg className={styles.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={t.profile.pointsOverTimeLabel(day(first.day), day(until), format.number(drawn.most))}>
        <path className={styles.area} d={drawn.area} />
        <path className={styles.line} d={drawn.line} />
      </svg>
      <div className={styles.axis}><span>{day(first.day)}</span><strong>{format.number(drawn.most)}</strong><span>{day(until)}</span></div>
    </>
  );
}

function Calendar({ days, from, until }: { days: readonly Day[]; from: string; until: string }) {
  const t = useMessages();
  const format = useFormat();
  const weeks = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The latest weeks are those one comes for.
    if (weeks.current) weeks.current.scrollLeft = weeks.current.scrollWidth;
  }, []);
  const active = days.filter((day) => day.submissions > 0);
  return (
    <>
      <div ref={weeks} className={styles.calendar} tabIndex={0} role="group" aria-label={t.profile.activity}>
        <div className={styles.weeks} aria-hidden="true">
          {calendar(days, from, until).map((square) => (
            <span key={square.day} data-level={square.level} title={t.profile.activityDay(square.day, square.submissions)} />
          ))}
        </div>
      </div>
      {/* The same for who does not see squares. */}
      <ul className="hidden-text">
        {active.map((day) => <li key={day.day}>{t.profile.activityDay(format.day(`${day.day}T12:00:00`), day.submissions)}</li>)}
      </ul>
      <div className={styles.axis}><span>{t.profile.less}</span><span>{t.profile.more}</span></div>
    </>
  );
}
