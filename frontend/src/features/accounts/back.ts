const ELSEWHERE = "/exercises";

/** Where to go after signing in: an address of this page, and of no other site. */
export function local(back: string | undefined): string {
  if (!back?.startsWith("/") || !URL.canParse(back, location.origin)) return ELSEWHERE;
  // As the browser reads it, which leaves out tabs and takes `\` for `/`.
  const { origin, pathname, search, hash } = new URL(back, location.origin);
  // `/.//site` is an address of ours, but what is left of it is none.
  return origin === location.origin && !pathname.startsWith("//") ? `${pathname}${search}${hash}` : ELSEWHERE;
}
