interface Numbered {
  readonly id: number;
}

/** History and live messages overlap: one list, each message once, in the order of their numbers. */
export function merged<T extends Numbered>(known: readonly T[], added: readonly T[]): T[] {
  const byId = new Map([...known, ...added].map((message) => [message.id, message]));
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

export function timeOfDay(sentAt: number): string {
  return new Date(sentAt).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}

/** One of the six tones of the style sheet, always the same one for a name. */
export function toneOf(name: string): number {
  return (name.charCodeAt(0) + name.length) % 6;
}
