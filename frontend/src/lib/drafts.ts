import { kept } from "./kept";

/** Whose drafts those are that are written before anybody has signed in. */
const NOBODY = "anonymous";

/** What somebody writes for an exercise in a language is theirs alone, also where several use one browser. */
export function draftName(learnerId: string | null, slug: string, language: string): string {
  return `draft.${learnerId ?? NOBODY}.${slug}.${language}`;
}

/** Where a draft waits that was written without signing in by somebody who had another already. */
export function asideName(learnerId: string | null, slug: string, language: string): string {
  return `aside.${learnerId ?? NOBODY}.${slug}.${language}`;
}

/**
 * What was written without signing in belongs to who signs in first, and to nobody after them. All of it goes at once, or
 * the next one would meet in an exercise what the first never opened. Where both are written, neither is lost.
 */
export function adoptDrafts(learnerId: string): void {
  const prefix = `draft.${NOBODY}.`;
  for (const name of kept.names(prefix)) {
    const text = kept.read(name) ?? "";
    const of = name.slice(prefix.length);
    const own = `draft.${learnerId}.${of}`;
    const before = kept.read(own);
    if (text && text !== before) kept.write(before ? `aside.${learnerId}.${of}` : own, text);
    kept.write(name, null);
  }
}
