import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { EditorProps } from "./Editor";
import { grammar } from "./highlighting";
import styles from "./solving.module.css";

/** The page's own colours, so that both themes come by themselves. */
const look = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--card)", height: "100%", fontSize: "0.95rem" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { caretColor: "var(--leaf-strong)", paddingBlock: "0.75rem", minHeight: "18rem" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-soft)", borderInlineEnd: "1px solid var(--line)" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--leaf-soft) 45%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--leaf-soft)", color: "var(--ink)" },
  ".cm-cursor": { borderInlineStartColor: "var(--leaf-strong)", borderInlineStartWidth: "2px" },
  "&.cm-focused": { outline: "none" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { backgroundColor: "var(--blue-soft)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--gold-soft)", color: "inherit" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.controlKeyword, tags.definitionKeyword], color: "var(--code-word)" },
  { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: "var(--code-text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  { tag: [tags.function(tags.variableName), tags.typeName, tags.className, tags.standard(tags.variableName)], color: "var(--code-name)" },
  { tag: [tags.comment, tags.meta], color: "var(--ink-soft)", fontStyle: "italic" },
]);

const INDENTS: Record<string, string> = { go: "\t", python: "    ", rust: "    ", java: "    ", c: "    ", cpp: "    " };

/**
 * CodeMirror within a shadow root: there it brings its styles as constructed sheets and not as elements, so the page's
 * policy needs no hole for them.
 */
export default function CodeEditor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const language = useRef(new Compartment());
  const labels = useRef(new Compartment());
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    if (!host.current) return;
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: "open" });
    const doing = (work: () => void) => () => {
      work();
      return true;
    };
    const keys = keymap.of([
      { key: "Mod-Enter", run: doing(() => latest.current.onRun()) },
      { key: "Mod-Shift-Enter", run: doing(() => latest.current.onSubmit()) },
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...historyKeymap,
      indentWithTab,
    ]);
    const told = EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange(update.state.doc.toString());
    });
    const state = EditorState.create({
      doc: latest.current.value,
      extensions: [
        lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(), highlightActiveLine(),
        highlightActiveLineGutter(), syntaxHighlighting(colours), look, keys, told, language.current.of([]), labels.current.of([]),
      ],
    });
    const made = new EditorView({ state, parent: root, root });
    view.current = made;
    return () => {
      made.destroy();
      view.current = null;
    };
  }, []);
  useEffect(() => {
    let wanted = true;
    void grammar(props.language).then((found) => {
      const indent = indentUnit.of(INDENTS[props.language] ?? "  ");
      if (wanted) view.current?.dispatch({ effects: language.current.reconfigure([found, indent]) });
    });
    return () => {
      wanted = false;
    };
  }, [props.language]);
  useEffect(() => {
    const attributes = EditorView.contentAttributes.of({ "aria-label": props.label, spellcheck: "false", autocapitalize: "off" });
    view.current?.dispatch({ effects: labels.current.reconfigure(attributes) });
  }, [props.label]);
  useEffect(() => {
    // From outside: another language's draft, a restored submission, another tab.
    const current = view.current;
    if (!current || current.state.doc.toString() === props.value) return;
    current.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: props.value } });
  }, [props.value]);
  return <div ref={host} className={styles.editor} />;
}
