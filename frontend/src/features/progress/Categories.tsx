import { Card } from "../../components/ui";
import type { Schemas } from "../../lib/api";
import { named, useMessages } from "../../lib/i18n";
import styles from "./progress.module.css";

export function Categories({ groups }: { groups: readonly Schemas["GroupStatistics"][] }) {
  const t = useMessages();
  return (
    <Card className={styles.part} aria-labelledby="categories">
      <header><h2 id="categories">{t.profile.categories}</h2></header>
      <ul className={styles.bars}>
        {groups.map((group) => (
          <li key={group.name}>
            <div><span>{named(t.categories, group.name)}</span><span>{t.profile.ofAvailable(group.solved, group.available)}</span></div>
            <progress value={group.solved} max={Math.max(group.available, 1)} aria-label={named(t.categories, group.name)} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
