import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useSyncExternalStore } from "react";
import { buttonClass } from "../components/ui";
import { chooseLanguage, LANGUAGES, type Language, useLanguage, useMessages } from "../lib/i18n";
import { session } from "../lib/session";
import { useStore } from "../lib/store";
import { chooseTheme, type Theme, theme } from "../lib/theme";
import styles from "./Shell.module.css";

// Who only looks around has no account, and need not load its menu.
const AccountMenu = lazy(() => import("./AccountMenu"));

export function Shell() {
  const t = useMessages();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const main = useRef<HTMLElement>(null);
  const shown = useRef(path);
  useEffect(() => {
    // Whoever reads with the ears or the keyboard begins at the new page's content.
    if (shown.current !== path) main.current?.focus({ preventScroll: true });
    shown.current = path;
  }, [path]);
  if (path.startsWith("/wall/")) return <Outlet />;
  return (
    <>
      <a href="#content" className={styles.skip}>{t.app.skip}</a>
      <Header />
      <main id="content" ref={main} tabIndex={-1} className={styles.main}>
        <Outlet />
      </main>
      <Footer />
    </>
  );
}

function Header() {
  const t = useMessages();
  const signedIn = useStore(session);
  const online = useOnline();
  return (
    <header className={styles.header}>
      {!online && <div className={styles.offline} role="status">{t.app.offline}</div>}
      <div className={styles.bar}>
        <Link to="/" className={styles.brand}><Sprig />Laurel</Link>
        <nav className={styles.nav} aria-label={t.app.navigation}>
          <Link to="/exercises">{t.app.exercises}</Link>
          <Link to="/boards/$scope" params={{ scope: "global" }}>{t.app.boards}</Link>
          {signedIn && <Link to="/learners/$handle" params={{ handle: signedIn.handle }}>{t.app.progress}</Link>}
        </nav>
        <div className={styles.tools}>
          {signedIn ? (
            <Suspense fallback={<span className={buttonClass("quiet", true)}>{signedIn.handle}</span>}><AccountMenu session={signedIn} /></Suspense>
          ) : (
            <>
              <Link to="/sign-in" className={buttonClass("quiet", true)}>{t.app.signIn}</Link>
              <Link to="/register" className={buttonClass("primary", true)}>{t.app.register}</Link>
            </>
          )}
        </div>
      </div>
    </header>
  );
}

function Footer() {
  const t = useMessages();
  const language = useLanguage();
  const chosen = useStore(theme);
  return (
    <footer className={styles.footer}>
      <div>
        <p>{t.app.footer}</p>
        <a href="/docs/">{t.app.api}</a>
        <label>
          {t.app.language}
          <select value={language} onChange={(event) => void chooseLanguage(event.target.value as Language)}>
            {Object.entries(LANGUAGES).map(([name, title]) => <option key={name} value={name} lang={name}>{title}</option>)}
          </select>
        </label>
        <label>
          {t.app.theme}
          <select value={chosen} onChange={(event) => chooseTheme(event.target.value as Theme)}>
            <option value="system">{t.app.themeSystem}</option>
            <option value="light">{t.app.themeLight}</option>
            <option value="dark">{t.app.themeDark}</option>
          </select>
        </label>
      </div>
    </footer>
  );
}

function useOnline(): boolean {
  return useSyncExternalStore(watchOnline, () => navigator.onLine);
}

function watchOnline(changed: () => void): () => void {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}

/** The mark, as in favicon.svg, in the theme's green. */
function Sprig() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <path d="M16 10v20" fill="none" stroke="var(--leaf)" strokeWidth="2.2" strokeLinecap="round" />
      <path fill="var(--leaf)" d="M16 2c3.2 3.2 3.2 6.8 0 10-3.2-3.2-3.2-6.8 0-10zM14.9 18c-4.6 0-8.2-2.6-9.2-7.4 4.6 0 8.2 2.6 9.2 7.4zM17.1 18c4.6 0 8.2-2.6 9.2-7.4-4.6 0-8.2 2.6-9.2 7.4zM14.9 26c-4.6 0-8.2-2.6-9.2-7.4 4.6 0 8.2 2.6 9.2 7.4zM17.1 26c4.6 0 8.2-2.6 9.2-7.4-4.6 0-8.2 2.6-9.2 7.4z" />
    </svg>
  );
}
