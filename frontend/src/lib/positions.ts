/**
 * Positions, as `07.1234,id.42`: what this tab wrote. Every read names them, so nobody meets a page that does not know yet
 * what they did a moment ago.
 */
export type Position = ReadonlyMap<string, number>;

export function parsePosition(text: string): Position {
  const parts = new Map<string, number>();
  for (const element of text.split(",")) {
    const [part, sequence] = element.trim().split(".");
    if (part && sequence && /^\d+$/.test(sequence)) parts.set(part, Number(sequence));
  }
  return parts;
}

export function formatPosition(position: Position): string {
  return [...position].map(([part, sequence]) => `${part}.${sequence}`).join(",");
}

/** The later of both, part by part. */
export function merge(one: Position, other: Position): Position {
  const merged = new Map(one);
  for (const [part, sequence] of other) merged.set(part, Math.max(sequence, merged.get(part) ?? 0));
  return merged;
}

const NAME = "laurel.written";

class Written {
  #position: Position = parsePosition(readKept());

  get(): string {
    return formatPosition(this.#position);
  }

  note(text: string | null): void {
    if (!text) return;
    this.#position = merge(this.#position, parsePosition(text));
    this.#keep();
  }

  forget(): void {
    this.#position = new Map();
    this.#keep();
  }

  #keep(): void {
    try {
      sessionStorage.setItem(NAME, this.get());
    } catch {
      // It is remembered until the tab is loaded anew.
    }
  }
}

function readKept(): string {
  try {
    return sessionStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

export const written = new Written();
