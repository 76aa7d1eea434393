import { useEffect, useMemo, useRef } from "react";
import { drawMaths, html } from "../lib/markdown";
import styles from "./Markdown.module.css";

export function Markdown({ text }: { text: string }) {
  const article = useRef<HTMLDivElement>(null);
  const content = useMemo(() => ({ __html: html(text) }), [text]);
  useEffect(() => {
    if (article.current) void drawMaths(article.current);
  }, [content]);
  // Exercises are written in English.
  return <div ref={article} lang="en" className={styles.markdown} dangerouslySetInnerHTML={content} />;
}
