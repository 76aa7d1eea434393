import { kept } from "../kept";
import { Store, useStore } from "../store";
import { en, type Messages } from "./en";

export type Language = "en" | "vi";
export type { Messages };

export const LANGUAGES: Record<Language, string> = { en: "English", vi: "Tiếng Việt" };

const NAME = "language";

interface Chosen {
  language: Language;
  messages: Messages;
}

const chosen = new Store<Chosen>({ language: "en", messages: en });

function preferred(): Language {
  const asked = [kept.read(NAME), ...navigator.languages];
  for (const tag of asked) {
    const language = tag?.split("-")[0];
    if (language === "en" || language === "vi") return language;
  }
  return "en";
}

/** Before the first drawing, so that nobody sees another language flash by. */
export async function followLanguage(): Promise<void> {
  await speak(preferred());
  kept.watch(NAME, () => void speak(preferred()));
}

export async function chooseLanguage(language: Language): Promise<void> {
  kept.write(NAME, language);
  await speak(language);
}

async function speak(language: Language): Promise<void> {
  const messages = language === "vi" ? (await import("./vi")).vi : en;
  document.documentElement.lang = language;
  chosen.set({ language, messages });
}

/** What the page says, in the language that was chosen. */
export function useMessages(): Messages {
  return useStore(chosen).messages;
}

export function useLanguage(): Language {
  return useStore(chosen).language;
}

/** The name of something an author named, where we have no word for it. */
export function named(table: Record<string, string>, name: string): string {
  return table[name] ?? name.charAt(0).toUpperCase() + name.slice(1).replaceAll("-", " ");
}
