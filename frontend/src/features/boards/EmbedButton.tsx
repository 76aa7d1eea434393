import { useState } from "react";
import { Button, Dialog } from "../../components/ui";
import { useMessages } from "../../lib/i18n";
import styles from "./boards.module.css";

export function EmbedButton({ scope, window }: { scope: string; window: string }) {
  const t = useMessages();
  const [open, setOpen] = useState(false);
  const [copied, setCopied] = useState(false);
  const code = `<iframe src="${location.origin}/embed/board/${encodeURIComponent(scope)}?window=${window}&limit=10" width="360" height="480"></iframe>`;
  const copy = async () => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
  };
  return (
    <>
      <Button small onClick={() => setOpen(true)}>{t.board.embed}</Button>
      <Dialog title={t.board.embed} open={open} onClose={() => { setOpen(false); setCopied(false); }}>
        <p>{t.board.embedHint}</p>
        <code className={styles.code}>{code}</code>
        {/* Without TLS there is no clipboard; the code can still be selected. */}
        {navigator.clipboard && <Button onClick={() => void copy()}>{copied ? t.board.copied : t.board.copy}</Button>}
      </Dialog>
    </>
  );
}
