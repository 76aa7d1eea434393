import { Badge } from "../../components/ui";
import { Verdict } from "../../components/Verdict";
import { useStaffMessages } from "../../lib/i18n/staff";
import type { Checked } from "./api";
import styles from "./authoring.module.css";

/** What the package says of its own submissions, beside what they came to. */
export function SelfCheck({ submissions }: { submissions: readonly Checked[] }) {
  const s = useStaffMessages().authoring;
  return (
    <section aria-labelledby="self-check">
      <h3 id="self-check">{s.check}</h3>
      <div className={styles.wide} tabIndex={0} role="group" aria-labelledby="self-check">
        <table>
          <thead>
            <tr>
              <th scope="col">{s.submission}</th>
              <th scope="col">{s.expected}</th>
              <th scope="col">{s.got}</th>
              <th scope="col"><span className="hidden-text">{s.agrees}</span></th>
            </tr>
          </thead>
          <tbody>
            {submissions.map((one) => (
              <tr key={one.file}>
                <th scope="row"><code>{one.file}</code>{one.detail && <><br /><small lang="en">{one.detail}</small></>}</th>
                <td><code>{one.expected}</code></td>
                <td>{one.got ? <Verdict verdict={one.got} /> : s.notJudged}</td>
                <td>{one.agrees === null || one.agrees === undefined ? null : one.agrees ? <Badge kind="good">{s.agrees}</Badge> : <Badge kind="bad">{s.disagrees}</Badge>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
