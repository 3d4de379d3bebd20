import type { HubClient } from '@org/hub-core';
import type { ModelHub } from './server.ts';

interface Sent {
  readonly number: number;
  readonly group: string | null;
  /** Ms since the schedule began, from when it may have been heard. */
  readonly at: number;
  readonly gaps: number;
}

/** Which messages a client has heard, and whether it was told of those that it has not. */
export interface Numbers {
  /** Is being sent to all, or to a group. */
  send(number: number, group?: string): void;
  hear(number: number): void;
  hasHeard(number: number): boolean;
  /** The group is no longer wanted by somebody: what it was sent may be missing. */
  disturb(group: string): void;
  /** The server is frozen: what it was to send is on its way from when it thaws. */
  hold(): void;
  /** Numbers sent at least `slack` ms ago that are missing without a gap; each is told once. */
  silentlyLost(slack: number): number[];
}

/**
 * @param elapsed ms that have passed; no clock, which may jump
 * @param repeated is told of a number that is heard again
 */
export function createNumbers(
  hub: HubClient<ModelHub>,
  elapsed: () => number,
  repeated: (number: number) => void,
): Numbers {
  const heard = new Set<number>();
  let missing: Sent[] = [];
  let everConnected = false;
  hub.events.on('statusChanged', ({ to }) => (everConnected ||= to === 'connected'));

  return {
    send(number, group) {
      const { status, gaps, groups } = hub.getSnapshot();
      const expected =
        group === undefined ? everConnected : status === 'connected' && groups.get(group)?.status === 'joined';
      if (expected) missing.push({ number, group: group ?? null, at: elapsed(), gaps });
    },
    hear(number) {
      if (heard.has(number)) repeated(number);
      heard.add(number);
    },
    hasHeard: (number) => heard.has(number),
    disturb(group) {
      missing = missing.filter((sent) => sent.group !== group);
    },
    hold() {
      missing = missing.map((sent) => ({ ...sent, at: elapsed() }));
    },
    silentlyLost(slack) {
      missing = missing.filter(({ number }) => !heard.has(number));
      const { status, gaps, groups } = hub.getSnapshot();
      if (status !== 'connected') return [];
      const due = missing.filter(({ at }) => at <= elapsed() - slack);
      missing = missing.filter((sent) => !due.includes(sent));
      return due
        .filter((sent) => sent.gaps === gaps && (sent.group === null || groups.get(sent.group)?.status === 'joined'))
        .map(({ number }) => number);
    },
  };
}
