import { Menu } from "@base-ui/react/menu";
import { Link, useNavigate } from "@tanstack/react-router";
import { buttonClass } from "../components/ui";
import { api } from "../lib/api";
import { useMessages } from "../lib/i18n";
import { forget, operates, type Session, writes } from "../lib/session";
import styles from "./Shell.module.css";

export default function AccountMenu({ session }: { session: Session }) {
  const t = useMessages();
  const navigate = useNavigate();
  const signOut = () => {
    // Here it ends at once; the server is told, and its refusal would change nothing.
    void api.POST("/v1/logout", { body: { refresh_token: session.refreshToken } }).catch(() => undefined);
    forget();
    void navigate({ to: "/" });
  };
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className={buttonClass("quiet", true)}>
        <span className={styles.avatar} aria-hidden="true">{session.handle.slice(0, 1)}</span>
        <span className="hidden-text">{t.app.menu} </span>
        <span className={styles.handle}>{session.handle}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={6} align="end">
          <Menu.Popup className={styles.popup}>
            <Menu.Item className={styles.item} render={<Link to="/learners/$handle" params={{ handle: session.handle }} />}>{t.app.progress}</Menu.Item>
            <Menu.Item className={styles.item} render={<Link to="/classes" />}>{t.app.classes}</Menu.Item>
            {writes(session) && <Menu.Item className={styles.item} render={<Link to="/author" />}>{t.app.author}</Menu.Item>}
            {operates(session) && <Menu.Item className={styles.item} render={<Link to="/operations" />}>{t.app.operations}</Menu.Item>}
            <Menu.Item className={styles.item} onClick={signOut}>{t.app.signOut}</Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
