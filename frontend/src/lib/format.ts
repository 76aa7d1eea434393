import { useMemo } from "react";
import { useLanguage } from "./i18n";

/** Numbers and times as the language writes them. */
export function useFormat() {
  const language = useLanguage();
  return useMemo(() => {
    const number = new Intl.NumberFormat(language);
    const time = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
    const second = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" });
    const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
    const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
    return {
      number: (value: number) => number.format(value),
      time: (at: string | Date) => time.format(new Date(at)),
      second: (at: string | Date) => second.format(new Date(at)),
      day: (at: string | Date) => day.format(new Date(at)),
      percent: (share: number) => percent.format(share),
      milliseconds: (ms: number) => `${number.format(ms)} ms`,
      kibibytes: (kib: number) =>
        kib < 1_024 ? `${number.format(kib)} KiB` : `${number.format(Math.round(kib / 102.4) / 10)} MiB`,
      duration: (seconds: number) => duration(seconds, number),
    };
  }, [language]);
}

function duration(seconds: number, number: Intl.NumberFormat): string {
  if (seconds < 90) return `${number.format(Math.round(seconds))} s`;
  if (seconds < 5_400) return `${number.format(Math.round(seconds / 60))} min`;
  return `${number.format(Math.round(seconds / 360) / 10)} h`;
}
