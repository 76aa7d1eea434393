import { type ComponentProps, type ReactNode, useEffect, useId, useRef } from "react";
import { useMessages } from "../../lib/i18n";
import styles from "./ui.module.css";

type Look = "plain" | "primary" | "quiet";

/** The classes of a button, for links that look like one. */
export function buttonClass(look: Look = "plain", small = false): string {
  return [styles.button, look === "plain" ? "" : styles[look], small ? styles.small : ""].filter(Boolean).join(" ");
}

export function Button({ look = "plain", small = false, ...rest }: ComponentProps<"button"> & { look?: Look; small?: boolean }) {
  return <button type="button" {...rest} className={buttonClass(look, small)} />;
}

export function Card({ className = "", ...rest }: ComponentProps<"section">) {
  return <section {...rest} className={`${styles.card} ${className}`} />;
}

interface FieldProps extends ComponentProps<"input"> {
  label: string;
  hint?: string;
  fault?: string | null | undefined;
}

export function Field({ label, hint, fault, ...rest }: FieldProps) {
  const id = useId();
  const about = [hint ? `${id}-hint` : "", fault ? `${id}-fault` : ""].filter(Boolean).join(" ");
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input {...rest} id={id} className={styles.input} aria-invalid={Boolean(fault)} aria-describedby={about || undefined} />
      {hint && <span id={`${id}-hint`} className={styles.hint}>{hint}</span>}
      {fault && <span id={`${id}-fault`} className={styles.fault}>{fault}</span>}
    </div>
  );
}

export function Select({ label, children, hideLabel = false, ...rest }: ComponentProps<"select"> & { label: string; hideLabel?: boolean }) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label htmlFor={id} className={hideLabel ? "hidden-text" : undefined}>{label}</label>
      <select {...rest} id={id} className={styles.input}>{children}</select>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
}

/** One of a few, side by side: radio buttons underneath, so the keyboard works as everybody knows it. */
export function Choice<T extends string>({ label, value, options, onChange }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset className={styles.choice}>
      <legend className="hidden-text">{label}</legend>
      {options.map(([option, text]) => (
        <label key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          {text}
        </label>
      ))}
    </fieldset>
  );
}

export function Notice({ kind = "info", children }: { kind?: "info" | "wrong" | "still"; children: ReactNode }) {
  return (
    <div className={`${styles.notice} ${kind === "info" ? "" : styles[kind]}`} role={kind === "wrong" ? "alert" : "status"}>
      {children}
    </div>
  );
}

export function Empty({ title, hint, children }: { title: string; hint: string; children?: ReactNode }) {
  return (
    <div className={styles.empty}>
      <strong>{title}</strong>
      <p>{hint}</p>
      {children}
    </div>
  );
}

export function Badge({ kind, children }: { kind?: "good" | "bad" | "warm" | "cool"; children: ReactNode }) {
  return <span className={`${styles.badge} ${kind ? styles[kind] : ""}`}>{children}</span>;
}

export function Loading() {
  const t = useMessages();
  return (
    <div className={styles.loading} role="status" aria-label={t.app.loading}>
      <div className={styles.bar} />
      <div className={styles.bar} />
      <div className={styles.bar} />
    </div>
  );
}

/** The browser's own modal dialog: it keeps the focus, and Escape closes it. */
export function Dialog({ title, open, onClose, children }: { title: string; open: boolean; onClose: () => void; children: ReactNode }) {
  const t = useMessages();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} className={styles.dialog} aria-labelledby={id} onClose={onClose}>
      <header>
        <h2 id={id}>{title}</h2>
        <Button look="quiet" small onClick={onClose}>{t.exercise.close}</Button>
      </header>
      {open && children}
    </dialog>
  );
}
