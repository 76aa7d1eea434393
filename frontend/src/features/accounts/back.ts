/** Where to go after signing in: an address of this page, and of no other site. */
export function local(back: string | undefined): string {
  return back?.startsWith("/") && !back.startsWith("//") && !back.includes("\\") ? back : "/exercises";
}
