/** What becomes of one client. */
export interface Fate {
  /** Epoch ms since when it is without a connection; null: it has one. */
  downSince: number | null;
  /** Each time that it was without one, in ms. */
  readonly gaps: number[];
  /** Epoch ms of the last time that it got one. */
  backAt: number;
  /** Connects that it has tried. */
  tries: number;
}

export function createFate(): Fate {
  return { downSince: null, gaps: [], backAt: 0, tries: 0 };
}

export function up(fate: Fate): void {
  fate.backAt = Date.now();
  if (fate.downSince !== null) fate.gaps.push(fate.backAt - fate.downSince);
  fate.downSince = null;
}

export function down(fate: Fate): void {
  fate.downSince = Date.now();
}
