import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Badge, Button, Card, Empty, Notice } from "../../components/ui";
import { ProblemNotice, Read } from "../../components/ui/ProblemNotice";
import { useFormat } from "../../lib/format";
import { named, useMessages } from "../../lib/i18n";
import { useStaffMessages } from "../../lib/i18n/staff";
import { languageTitle } from "../../lib/languages";
import { abort, type Build, endedWell, isInWork, judgesQuery, parkedQuery, type Projection, projectionsQuery, rebuild, redrive, verify } from "./api";
import { Rejudges } from "./Rejudges";
import styles from "./operating.module.css";

/** What an operator looks at: how far the read models are, what stands still, who judges. */
export function OperationsPage() {
  const s = useStaffMessages().operating;
  return (
    <>
      <title>{`${s.title} · Laurel`}</title>
      <h1>{s.title}</h1>
      <Projections />
      <Parked />
      <Rejudges />
      <Judges />
    </>
  );
}

/** Gives an order and reads what came of it. */
function useOrder<V>(give: (what: V) => Promise<unknown>) {
  const queries = useQueryClient();
  return useMutation({ mutationFn: give, onSuccess: () => queries.invalidateQueries({ queryKey: ["operations"] }) });
}

function Projections() {
  const t = useMessages();
  const s = useStaffMessages().operating;
  const query = useQuery(projectionsQuery);
  const order = useOrder(({ name, give }: { name: string; give: (name: string) => Promise<unknown> }) => give(name));
  return (
    <Card className={styles.part} aria-labelledby="projections">
      <h2 id="projections">{s.projections}</h2>
      <p>{s.projectionsHint}</p>
      {order.error && <ProblemNotice error={order.error} />}
      {order.isSuccess && <Notice><div>{s.ordered}</div></Notice>}
      <Read query={query}>
        {({ projections }) => (
          <div className={styles.wide} tabIndex={0} role="group" aria-labelledby="projections">
            <table>
              <thead>
                <tr>
                  <th scope="col">{s.name}</th>
                  <th scope="col" className="number">{s.version}</th>
                  <th scope="col" className="number">{s.position}</th>
                  <th scope="col">{s.lag}</th>
                  <th scope="col" className="number">{s.parkedKeys}</th>
                  <th scope="col">{s.lastBuild}</th>
                  <th scope="col"><span className="hidden-text">{t.app.menu}</span></th>
                </tr>
              </thead>
              <tbody>
                {projections.map((one) => <Row key={one.name} projection={one} onOrder={(give) => order.mutate({ name: one.name, give })} />)}
              </tbody>
            </table>
          </div>
        )}
      </Read>
    </Card>
  );
}

function Row({ projection, onOrder }: { projection: Projection; onOrder: (give: (name: string) => Promise<unknown>) => void }) {
  const s = useStaffMessages().operating;
  const format = useFormat();
  const { name, lag_events: lag, parked_keys: parked } = projection;
  const build = projection.builds[0];
  return (
    <tr>
      <th scope="row">{name}</th>
      <td className="number">{projection.version ?? "–"}</td>
      <td className="number">{format.number(projection.sequence)}</td>
      <td>{lag === 0 ? <Badge kind="good">{s.level}</Badge> : <Badge kind="warm">{s.behind(format.number(lag))}</Badge>}</td>
      <td className="number">{parked === 0 ? "0" : <Badge kind="bad">{format.number(parked)}</Badge>}</td>
      <td>{build ? <BuildState build={build} /> : s.none}</td>
      <td>
        <div className={styles.actions}>
          {isInWork(build) ? (
            <Button small aria-label={s.abortOf(name)} onClick={() => onOrder(abort)}>{s.abort}</Button>
          ) : (
            <>
              <Button small aria-label={s.verifyOf(name)} onClick={() => onOrder(verify)}>{s.verify}</Button>
              <Button small aria-label={s.rebuildOf(name)} onClick={() => onOrder(rebuild)}>{s.rebuild}</Button>
            </>
          )}
        </div>
      </td>
    </tr>
  );
}

function BuildState({ build }: { build: Build }) {
  const s = useStaffMessages().operating;
  const format = useFormat();
  const inWork = isInWork(build);
  const kind = inWork ? "cool" : endedWell(build) ? "good" : "bad";
  return (
    <div className={styles.build}>
      <span>{named(s.kinds, build.kind)} <Badge kind={kind}>{named(s.states, build.state)}</Badge></span>
      {inWork && (
        <>
          <progress value={build.percent} max={100} aria-label={named(s.kinds, build.kind)} />
          <small>
            {s.percent(format.number(Math.round(build.percent)), format.number(Math.round(build.events_per_second)))}
            {build.remaining_seconds !== undefined && build.remaining_seconds !== null && <> · {s.remaining(format.duration(build.remaining_seconds))}</>}
          </small>
        </>
      )}
      {!inWork && build.ended_at && <small>{format.second(build.ended_at)}</small>}
      {build.error && <small className={styles.error}>{build.error}</small>}
    </div>
  );
}

function Parked() {
  const s = useStaffMessages().operating;
  const format = useFormat();
  const query = useQuery(parkedQuery);
  const order = useOrder(({ projection, key }: { projection: string; key: string }) => redrive(projection, key));
  return (
    <Card className={styles.part} aria-labelledby="parked">
      <h2 id="parked">{s.parked}</h2>
      {order.error && <ProblemNotice error={order.error} />}
      <Read query={query}>
        {({ parked }) => parked.length === 0 ? <Empty title={s.nothingParked} hint={s.nothingParkedHint} /> : (
          <>
            <p>{s.parkedHint}</p>
            <div className={styles.wide} tabIndex={0} role="group" aria-labelledby="parked">
              <table>
                <thead>
                  <tr>
                    <th scope="col">{s.name}</th>
                    <th scope="col">{s.key}</th>
                    <th scope="col">{s.event}</th>
                    <th scope="col">{s.error}</th>
                    <th scope="col" className="number">{s.waiting}</th>
                    <th scope="col"><span className="hidden-text">{s.redrive}</span></th>
                  </tr>
                </thead>
                <tbody>
                  {parked.map((one) => (
                    <tr key={`${one.projection} ${one.version} ${one.key}`}>
                      <th scope="row">{one.projection} {one.version}</th>
                      <td><code>{one.key.slice(0, 8)}</code></td>
                      <td>{one.event_type} {one.part}.{one.sequence}<br /><small>{format.second(one.parked_at)}</small></td>
                      <td className={styles.error}>{one.error}</td>
                      <td className="number">{format.number(one.events)}</td>
                      <td><Button small aria-label={s.redriveOf(one.key)} disabled={order.isPending} onClick={() => order.mutate(one)}>{s.redrive}</Button></td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </Read>
    </Card>
  );
}

function Judges() {
  const s = useStaffMessages().operating;
  const query = useQuery(judgesQuery);
  return (
    <Card className={styles.part} aria-labelledby="judges">
      <h2 id="judges">{s.judges}</h2>
      <Read query={query}>
        {({ judges, languages }) => (
          <>
            {judges === 0 ? <Notice kind="still"><div>{s.noJudges}</div></Notice> : <p>{s.judgesCount(judges)}</p>}
            <ul className={styles.languages}>
              {languages.map((one) => (
                <li key={one.name}>
                  <Badge {...(one.on ? { kind: "good" as const } : {})}>{languageTitle(one.name)} {one.on ? one.versions.join(", ") : `(${s.missing})`}</Badge>
                </li>
              ))}
            </ul>
          </>
        )}
      </Read>
    </Card>
  );
}
