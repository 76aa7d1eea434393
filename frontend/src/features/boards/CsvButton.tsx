import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../components/ui";
import { ProblemNotice } from "../../components/ui/ProblemNotice";
import { csv } from "../../lib/api";
import { useMessages } from "../../lib/i18n";
import { save } from "../../lib/save";
import type { Which } from "./api";

const PAGE = 200;

/** The whole board as one table, page after page. */
export function CsvButton({ which }: { which: Which }) {
  const t = useMessages();
  const [rows, setRows] = useState(0);
  const saving = useMutation({
    mutationFn: async () => {
      const pages: string[] = [];
      let cursor: string | null = null;
      do {
        const query = new URLSearchParams({ window: which.window, limit: String(PAGE) });
        if (which.asOf) query.set("as_of", which.asOf);
        if (cursor) query.set("cursor", cursor);
        const page = await csv(`/v1/leaderboards/${encodeURIComponent(which.scope)}`, query);
        // Only the first page's heading.
        pages.push(pages.length === 0 ? page.text : page.text.slice(page.text.indexOf("\n") + 1));
        cursor = page.next;
        setRows(pages.length * PAGE);
      } while (cursor);
      save(pages.join(""), "text/csv", `${which.scope.replace(":", "-")}-${which.window}.csv`);
    },
  });
  return (
    <>
      <Button small disabled={saving.isPending} onClick={() => saving.mutate()}>{saving.isPending ? t.board.csvWorking(rows) : t.board.csv}</Button>
      {saving.error && <ProblemNotice error={saving.error} />}
    </>
  );
}
