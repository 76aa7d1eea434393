import { named, useMessages } from "../lib/i18n";
import { Badge } from "./ui";

const LIMITS = ["time_limit", "memory_limit", "output_limit"];

/** A verdict in words, with a sign for whoever does not see the colour. */
export function Verdict({ verdict }: { verdict: string }) {
  const t = useMessages();
  const kind = verdict === "accepted" ? "good" : LIMITS.includes(verdict) ? "warm" : verdict === "judge_error" ? "cool" : "bad";
  const sign = verdict === "accepted" ? "✓" : verdict === "judge_error" ? "!" : "✗";
  return (
    <Badge kind={kind}>
      <span aria-hidden="true">{sign}</span>
      {named(t.verdict, verdict)}
    </Badge>
  );
}
