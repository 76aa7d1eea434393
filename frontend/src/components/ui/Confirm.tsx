import { type ReactNode, useState } from "react";
import { Button, Dialog } from ".";
import { ProblemNotice } from "./ProblemNotice";
import styles from "./ui.module.css";

interface Props {
  /** What the button says that asks, and the one that does it. */
  action: string;
  title: string;
  hint: string;
  cancel: string;
  run: () => Promise<unknown>;
  children?: ReactNode;
}

/** Something that cannot be taken back wants a second click. */
export function Confirm({ action, title, hint, cancel, run, children }: Props) {
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [runs, setRuns] = useState(false);
  const doIt = async () => {
    setRuns(true);
    setError(null);
    try {
      await run();
      setOpen(false);
    } catch (problem) {
      setError(problem);
    } finally {
      setRuns(false);
    }
  };
  return (
    <>
      <Button small onClick={() => setOpen(true)}>{children ?? action}</Button>
      <Dialog title={title} open={open} onClose={() => setOpen(false)}>
        <p>{hint}</p>
        {error !== null && <ProblemNotice error={error} />}
        <p className={styles.answers}>
          <Button look="primary" disabled={runs} onClick={() => void doIt()}>{action}</Button>
          <Button onClick={() => setOpen(false)}>{cancel}</Button>
        </p>
      </Dialog>
    </>
  );
}
