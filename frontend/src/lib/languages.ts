/** Languages as people write them. */
const TITLES: Record<string, string> = {
  bash: "Bash",
  c: "C",
  cpp: "C++",
  go: "Go",
  java: "Java",
  javascript: "JavaScript",
  lua: "Lua",
  perl: "Perl",
  php: "PHP",
  python: "Python",
  ruby: "Ruby",
  rust: "Rust",
  typescript: "TypeScript",
};

export function languageTitle(name: string): string {
  return TITLES[name] ?? name;
}
