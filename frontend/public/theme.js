// Before anything is painted, so that a page in the dark does not begin with a flash of light. The rest is in src/lib/theme.ts.
try {
  const theme = localStorage.getItem("laurel.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing for us shows what the system says.
}
