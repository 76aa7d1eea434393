import { useEffect, useId, useState } from "react";
import { Button, Card, Choice } from "../../components/ui";
import { useFormat } from "../../lib/format";
import { named, useMessages } from "../../lib/i18n";
import { instant, moments, SPANS, type Span } from "./moments";
import styles from "./boards.module.css";

const SETTLED_MS = 120;
const PLAY_EVERY_MS = 500;

/** The board of any moment: a slider over the time until now, which can also play by itself. */
export function Past({ asOf, onChange }: { asOf: string | undefined; onChange: (asOf: string | undefined) => void }) {
  const t = useMessages();
  const [open, setOpen] = useState(asOf !== undefined);
  if (!open) return <div><Button small onClick={() => setOpen(true)}>{t.board.past}</Button></div>;
  const close = () => {
    setOpen(false);
    onChange(undefined);
  };
  return <Slider asOf={asOf} onChange={onChange} onClose={close} />;
}

function Slider({ asOf, onChange, onClose }: { asOf: string | undefined; onChange: (asOf: string | undefined) => void; onClose: () => void }) {
  const t = useMessages();
  const format = useFormat();
  const id = useId();
  // The slider's end stands still while it is used, or its steps would move under the finger.
  const [until] = useState(() => Date.now() - 2_000);
  const [span, setSpan] = useState<Span>("day");
  const [at, setAt] = useState(() => (asOf ? Date.parse(asOf) : until));
  const [plays, setPlays] = useState(false);
  const { from, step } = moments(span, until);
  useEffect(() => {
    const settled = setTimeout(() => onChange(instant(at)), SETTLED_MS);
    return () => clearTimeout(settled);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- only another moment is news
  }, [at]);
  useEffect(() => {
    if (!plays) return;
    const timer = setInterval(() => setAt((now) => Math.min(now + 2 * step, until)), PLAY_EVERY_MS);
    return () => clearInterval(timer);
  }, [plays, step, until]);
  const ended = at >= until;
  const play = () => {
    if (ended) setAt(from);
    setPlays(!plays || ended);
  };
  const spans = SPANS.map((name) => [name, named(t.board.spans, name)] as const);
  const choose = (chosen: Span) => {
    setSpan(chosen);
    setAt((now) => Math.max(now, moments(chosen, until).from));
  };
  return (
    <Card className={styles.past} aria-labelledby={id}>
      <h2 id={id}>{t.board.pastOf(format.second(new Date(at)))}</h2>
      <div>
        <Choice label={t.board.pastSpan} value={span} options={spans} onChange={choose} />
        <Button small onClick={play}>{plays && !ended ? t.board.pause : t.board.play}</Button>
        <input type="range" aria-label={t.board.pastAt} aria-valuetext={format.second(new Date(at))} min={from} max={until} step={step} value={at} onChange={(event) => { setPlays(false); setAt(Number(event.target.value)); }} />
        <Button small onClick={onClose}>{t.board.now}</Button>
      </div>
    </Card>
  );
}
