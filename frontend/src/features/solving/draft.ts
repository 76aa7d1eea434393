import { useEffect, useRef, useState } from "react";
import { asideName, draftName } from "../../lib/drafts";
import { kept } from "../../lib/kept";

const KEPT_AFTER_MS = 300;

export interface Draft {
  text: string;
  change: (text: string) => void;
  /** Whether the browser has kept what is there. */
  isKept: boolean;
  /** What another tab made of it meanwhile, or was written before signing in, while both differ and both were written. */
  other: string | null;
  takeTheirs: () => void;
  keepMine: () => void;
}

/**
 * What one learner writes, kept in this browser a moment after each change. Written in two tabs at once, it is nobody's to
 * overwrite silently: a tab that was only read follows the other, one that was written asks.
 */
export function useDraft(learnerId: string | null, slug: string, language: string): Draft {
  const name = draftName(learnerId, slug, language);
  const aside = asideName(learnerId, slug, language);
  const [text, setText] = useState(() => kept.read(name) ?? "");
  const [isKept, setKept] = useState(true);
  const [other, setOther] = useState(() => kept.read(aside));
  const [shown, setShown] = useState(name);
  const written = useRef(false);
  const pending = useRef<{ name: string; text: string } | null>(null);
  if (shown !== name) {
    setShown(name);
    setText(kept.read(name) ?? "");
    setKept(true);
    setOther(kept.read(aside));
  }
  useEffect(() => {
    written.current = false;
    const flush = () => {
      if (pending.current) setKept(kept.write(pending.current.name, pending.current.text));
      pending.current = null;
    };
    const timer = setInterval(flush, KEPT_AFTER_MS);
    // A tab may be closed at any moment.
    addEventListener("pagehide", flush);
    const unwatch = kept.watch(name, (theirs) => {
      if (!written.current) setText(theirs ?? "");
      else setOther(theirs);
    });
    return () => {
      flush();
      clearInterval(timer);
      removeEventListener("pagehide", flush);
      unwatch();
    };
  }, [name]);
  const change = (next: string) => {
    written.current = true;
    pending.current = { name, text: next };
    setText(next);
  };
  const takeTheirs = () => {
    written.current = false;
    // Another tab has kept its text by itself; what waited aside is kept from now on.
    pending.current = kept.read(aside) === null ? null : { name, text: other ?? "" };
    kept.write(aside, null);
    setText(other ?? "");
    setOther(null);
  };
  const keepMine = () => {
    kept.write(aside, null);
    pending.current = { name, text };
    setOther(null);
  };
  return { text, change, isKept, other: other === text ? null : other, takeTheirs, keepMine };
}
