import { useFormat } from "../../lib/format";
import { named, useMessages } from "../../lib/i18n";
import type { Exceeded } from "./judging";

/** Which limit a run went over, by how much. */
export function ExceededNote({ exceeded }: { exceeded: unknown }) {
  const t = useMessages();
  const format = useFormat();
  if (!exceeded) return null;
  const { limit, measured, allowed } = exceeded as Exceeded;
  return <small>{t.judging.exceeded(named(t.limitNames, limit), format.number(measured), format.number(allowed))}</small>;
}
