import { StreamLanguage } from "@codemirror/language";
import type { Extension } from "@codemirror/state";

/** Each language's grammar comes when it is chosen. */
const GRAMMARS: Record<string, () => Promise<Extension>> = {
  bash: async () => StreamLanguage.define((await import("@codemirror/legacy-modes/mode/shell")).shell),
  c: async () => (await import("@codemirror/lang-cpp")).cpp(),
  cpp: async () => (await import("@codemirror/lang-cpp")).cpp(),
  go: async () => StreamLanguage.define((await import("@codemirror/legacy-modes/mode/go")).go),
  java: async () => (await import("@codemirror/lang-java")).java(),
  javascript: async () => (await import("@codemirror/lang-javascript")).javascript(),
  lua: async () => StreamLanguage.define((await import("@codemirror/legacy-modes/mode/lua")).lua),
  perl: async () => StreamLanguage.define((await import("@codemirror/legacy-modes/mode/perl")).perl),
  php: async () => (await import("@codemirror/lang-php")).php({ plain: true }),
  python: async () => (await import("@codemirror/lang-python")).python(),
  ruby: async () => StreamLanguage.define((await import("@codemirror/legacy-modes/mode/ruby")).ruby),
  rust: async () => (await import("@codemirror/lang-rust")).rust(),
  typescript: async () => (await import("@codemirror/lang-javascript")).javascript({ typescript: true }),
};

/** The grammar of a language; nothing where there is none, or it cannot be loaded. */
export async function grammar(language: string): Promise<Extension> {
  const load = GRAMMARS[language];
  if (!load) return [];
  try {
    return await load();
  } catch {
    return [];
  }
}
