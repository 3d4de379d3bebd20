/**
 * One fact a server tells of, as soon as it is one. ASP.NET Core writes them as JSON lines (aspnetcore/Facts.cs), Node
 * hands them over as objects; `journal.ts` makes lists of them.
 */
export type Fact =
  | { fact: 'request'; method: string; path: string; status: number; tokenId: string | null; at: number }
  | { fact: 'connected'; connectionId: string; userId: string | null; at: number }
  | { fact: 'disconnecting'; connectionId: string; at: number }
  | { fact: 'disconnected'; connectionId: string; at: number }
  | { fact: 'called'; connectionId: string; userId: string | null; method: string; args: unknown[]; at: number }
  | { fact: 'joining'; id: string; connectionId: string; groups: string[]; at: number }
  | { fact: 'joinEnded'; id: string; outcome: 'joined' | 'refused' | 'failed' | 'lost' }
  | { fact: 'runStarted'; run: string; connectionId: string }
  | { fact: 'runItem'; run: string; item: unknown }
  | { fact: 'runEnded'; run: string; how: string }
  | { fact: 'left'; connectionId: string; group: string };
