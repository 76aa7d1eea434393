/** What the browser keeps for us between visits. A browser that keeps nothing (private windows, full disks) is no error. */
export const kept = {
  read(name: string): string | null {
    try {
      return localStorage.getItem(`laurel.${name}`);
    } catch {
      return null;
    }
  },
  /** Whether it was kept. */
  write(name: string, text: string | null): boolean {
    try {
      if (text === null) localStorage.removeItem(`laurel.${name}`);
      else localStorage.setItem(`laurel.${name}`, text);
      return true;
    } catch {
      return false;
    }
  },
  /** Every name that begins so. */
  names(prefix: string): string[] {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(`laurel.${prefix}`)).map((key) => key.slice("laurel.".length));
    } catch {
      return [];
    }
  },
  /** Calls back when another tab changed it. */
  watch(name: string, changed: (text: string | null) => void): () => void {
    const listener = (event: StorageEvent) => {
      if (event.key === `laurel.${name}`) changed(event.newValue);
    };
    addEventListener("storage", listener);
    return () => removeEventListener("storage", listener);
  },
};
