/** A tram line: each is a group of the hub. */
export interface Line {
  readonly name: string;
  readonly title: string;
  /** Who may follow it; null: everybody who is logged in. */
  readonly role: string | null;
}

export interface Report {
  /** Grows by one with each report, whatever its line. */
  readonly id: number;
  readonly line: string;
  readonly by: string;
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
}

/** What clients hear. There are no hub methods: in serverless mode nobody is there to run them. */
export interface TramHub {
  server: Record<never, never>;
  client: {
    Reported(report: Report): void;
    /** To all tabs of one user: how many reports are theirs. */
    ReportsCounted(count: number): void;
  };
}

/** What the page asks for at `/config.json` when it starts. */
export interface TramConfig {
  readonly authority: string;
  readonly clientId: string;
  /** Without a slash at the end. */
  readonly functionsUrl: string;
}

export const lines: readonly Line[] = [
  { name: 'line-4', title: 'Line 4: Harbour – Station', role: null },
  { name: 'line-7', title: 'Line 7: University – Zoo', role: null },
  { name: 'depot', title: 'Depot', role: 'staff' },
];
