/** An id that nobody else has. `crypto.randomUUID` is not there on pages served without TLS from another machine. */
export function unique(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
