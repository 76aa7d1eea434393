import { kept } from "./kept";
import { Store } from "./store";

export type Theme = "system" | "light" | "dark";

const NAME = "theme";

function parse(text: string | null): Theme {
  return text === "light" || text === "dark" ? text : "system";
}

export const theme = new Store<Theme>(parse(kept.read(NAME)));

export function chooseTheme(chosen: Theme): void {
  kept.write(NAME, chosen === "system" ? null : chosen);
  apply(chosen);
}

function apply(chosen: Theme): void {
  theme.set(chosen);
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

export function followTheme(): void {
  apply(theme.get());
  kept.watch(NAME, (text) => apply(parse(text)));
}
