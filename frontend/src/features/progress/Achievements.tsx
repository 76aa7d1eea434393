import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button, Card } from "../../components/ui";
import { Read } from "../../components/ui/ProblemNotice";
import type { Schemas } from "../../lib/api";
import { useFormat } from "../../lib/format";
import { useMessages } from "../../lib/i18n";
import { achievementsQuery } from "./api";
import styles from "./progress.module.css";

type Achievement = Schemas["LearnerAchievement"];

const SHOWN = 8;

/** What is unlocked, the newest first, then what is nearest. */
export function inReach(all: readonly Achievement[]): Achievement[] {
  const share = (one: Achievement) => one.value / one.threshold;
  return [...all].sort((one, other) => {
    if (one.unlocked_at && other.unlocked_at) return other.unlocked_at.localeCompare(one.unlocked_at);
    if (one.unlocked_at || other.unlocked_at) return one.unlocked_at ? -1 : 1;
    return share(other) - share(one);
  });
}

export function Achievements({ handle }: { handle: string }) {
  const t = useMessages();
  const query = useQuery(achievementsQuery(handle));
  const [all, setAll] = useState(false);
  return (
    <Card className={styles.part} aria-labelledby="achievements">
      <Read query={query}>
        {(found) => (
          <>
            <header>
              <h2 id="achievements">{t.profile.achievements}</h2>
              <p>{t.profile.unlocked(found.unlocked, found.achievements.length)}</p>
            </header>
            <ul className={styles.badges}>
              {inReach(found.achievements).slice(0, all ? undefined : SHOWN).map((one) => <One key={one.id} achievement={one} />)}
            </ul>
            {!all && <div><Button small onClick={() => setAll(true)}>{t.profile.showAll}</Button></div>}
          </>
        )}
      </Read>
    </Card>
  );
}

function One({ achievement }: { achievement: Achievement }) {
  const t = useMessages();
  const format = useFormat();
  const { id, value, threshold, unlocked_at: unlocked } = achievement;
  // One that is newer than this page is shown in the server's words.
  const [title, text] = (t.achievements as Record<string, string[]>)[id] ?? [achievement.title, achievement.description];
  return (
    <li data-unlocked={Boolean(unlocked)}>
      <h3>{title}</h3>
      <p>{text}</p>
      <small>{unlocked ? t.profile.unlockedAt(format.day(unlocked)) : t.profile.missing(format.number(value), format.number(threshold))}</small>
    </li>
  );
}
