import { useLanguage } from "..";
import type { Widened } from "../en";
import { staffEn } from "./en";
import { staffVi } from "./vi";

export type StaffMessages = Widened<typeof staffEn>;

const TABLES = { en: staffEn, vi: staffVi };

export function useStaffMessages(): StaffMessages {
  return TABLES[useLanguage()];
}
