import styles from "./solving.module.css";

/** Texts side by side, as input and output: to the letter, each in a frame of its own that scrolls. */
export function Pair({ parts, differs = false }: { parts: [string, string][]; differs?: boolean }) {
  return (
    <div className={styles.pair}>
      {parts.map(([title, text], index) => (
        <figure key={title}>
          <figcaption>{title}</figcaption>
          <pre className={`${styles.text} ${differs && index === parts.length - 1 ? styles.differs : ""}`} tabIndex={0} aria-label={title}>{text}</pre>
        </figure>
      ))}
    </div>
  );
}
