import { type KeyboardEvent, lazy, Suspense } from "react";
import styles from "./solving.module.css";

export interface EditorProps {
  label: string;
  language: string;
  value: string;
  onChange: (text: string) => void;
  onRun: () => void;
  onSubmit: () => void;
}

// Where the editor cannot be loaded, one can still write.
const CodeEditor = lazy(() => import("./CodeEditor").catch(() => ({ default: PlainEditor })));

/** CodeMirror, or a plain field: while that is on its way, where it does not come, and for who prefers it. */
export function Editor({ plain, ...props }: EditorProps & { plain: boolean }) {
  if (plain) return <PlainEditor {...props} />;
  return (
    <Suspense fallback={<PlainEditor {...props} />}>
      <CodeEditor {...props} />
    </Suspense>
  );
}

function PlainEditor({ label, value, onChange, onRun, onSubmit }: EditorProps) {
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (event.shiftKey) onSubmit();
    else onRun();
  };
  return (
    <textarea
      className={styles.plain}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={press}
      spellCheck={false}
      autoCapitalize="off"
      autoComplete="off"
      autoCorrect="off"
      wrap="off"
    />
  );
}
