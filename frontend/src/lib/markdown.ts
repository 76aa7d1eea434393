import DOMPurify from "dompurify";
import { Marked, type TokenizerAndRendererExtension } from "marked";

/** `$x$` within a line, `$$x$$` for itself. What is written between stays text until KaTeX makes a formula of it. */
const maths: TokenizerAndRendererExtension[] = [
  {
    name: "mathBlock",
    level: "block",
    start: (text) => text.indexOf("$$"),
    tokenizer(text) {
      const found = /^\$\$\n?([^$]+?)\n?\$\$(?:\n|$)/.exec(text);
      return found ? { type: "mathBlock", raw: found[0], text: found[1] } : undefined;
    },
    renderer: (token) => `<p class="maths" data-display="yes">${escaped(String(token.text))}</p>`,
  },
  {
    name: "mathInline",
    level: "inline",
    start: (text) => text.indexOf("$"),
    tokenizer(text) {
      // Amounts of money are no formula: no space within, no figure behind.
      const found = /^\$(?!\s)((?:[^$\\\n]|\\.)+?)(?<!\s)\$(?!\d)/.exec(text);
      return found ? { type: "mathInline", raw: found[0], text: found[1] } : undefined;
    },
    renderer: (token) => `<span class="maths">${escaped(String(token.text))}</span>`,
  },
];

const marked = new Marked({ gfm: true, extensions: maths });

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Markdown as HTML without anything that could act: whoever writes statements need not be trusted with readers' sessions. */
export function html(markdown: string): string {
  const dirty = marked.parse(markdown, { async: false });
  return DOMPurify.sanitize(dirty, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["style", "form", "input", "button", "textarea", "select", "dialog"],
    FORBID_ATTR: ["style", "id", "name"],
    ALLOW_DATA_ATTR: false,
    ADD_ATTR: ["data-display"],
  });
}

/** Makes formulas of what `html` has marked as such. The library comes only where there are any. */
export async function drawMaths(within: HTMLElement): Promise<void> {
  const formulas = within.querySelectorAll<HTMLElement>(".maths");
  if (formulas.length === 0) return;
  const { default: katex } = await import("katex");
  for (const formula of formulas) {
    const text = formula.textContent ?? "";
    // MathML is drawn and read aloud by the browser itself, and needs neither fonts nor styles of ours.
    katex.render(text, formula, { output: "mathml", displayMode: formula.dataset.display === "yes", throwOnError: false });
  }
}
