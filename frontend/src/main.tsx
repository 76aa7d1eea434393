import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { router } from "./app/router";
import { followLanguage } from "./lib/i18n";
import { queryClient } from "./lib/queries";
import { session } from "./lib/session";
import { followTheme } from "./lib/theme";
import "./styles/base.css";

const queries = queryClient();

// What somebody saw is nobody else's: another account begins with nothing.
let learner = session.get()?.learnerId;
session.subscribe(() => {
  const now = session.get()?.learnerId;
  if (now !== learner) queries.clear();
  learner = now;
});

followTheme();
await followLanguage();

const page = document.getElementById("page");
if (!page) throw new Error("index.html has no #page");
createRoot(page).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
