import { Tabs as BaseTabs } from "@base-ui/react/tabs";
import type { ReactNode } from "react";
import styles from "./ui.module.css";

export interface TabEntry {
  name: string;
  title: string;
  content: ReactNode;
}

export function Tabs({ label, value, onChange, tabs }: { label: string; value: string; onChange: (name: string) => void; tabs: TabEntry[] }) {
  return (
    <BaseTabs.Root value={value} onValueChange={(name) => onChange(String(name))}>
      <BaseTabs.List className={styles.tabs} aria-label={label} activateOnFocus>
        {tabs.map((tab) => (
          <BaseTabs.Tab key={tab.name} value={tab.name} className={styles.tab}>{tab.title}</BaseTabs.Tab>
        ))}
      </BaseTabs.List>
      {tabs.map((tab) => (
        <BaseTabs.Panel key={tab.name} value={tab.name} className={styles.panel}>{tab.content}</BaseTabs.Panel>
      ))}
    </BaseTabs.Root>
  );
}
