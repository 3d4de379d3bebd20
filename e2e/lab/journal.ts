/// <reference types="node" />
import { clearTimeout, setTimeout } from 'node:timers'; // imported, so that a test's fake clock does not stop the lab
import type { Fact } from './facts.ts';
import type { LabCall, LabConnection, LabDisconnect, LabFacts, LabJoin, LabRequest, LabRun } from './lab.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Journal {
  record(fact: Fact): void;
  /** The process was killed: what was running will never end, who was connected is not any more. */
  serverDied(): void;
  forget(): void;
  /** Live lists, which grow: copy what is to be kept. */
  facts(): LabFacts;
  waitFor<T>(
    read: (facts: LabFacts) => T,
    timeout: number,
    failure: () => string,
  ): Promise<Exclude<T, undefined | null | false>>;
}

/** Makes lists of facts. */
export function createJournal(): Journal {
  let requests: LabRequest[] = [];
  let negotiations: LabRequest[] = [];
  let calls: LabCall[] = [];
  let runs: { -readonly [K in keyof LabRun]: K extends 'items' ? unknown[] : LabRun[K] }[] = [];
  let joins: Mutable<LabJoin>[] = [];
  let disconnects: Mutable<LabDisconnect>[] = [];
  let maxConcurrent = 0;
  const connections = new Map<string, { connection: Omit<LabConnection, 'groups'>; groups: Set<string> }>();
  const runningJoins = new Map<string, Mutable<LabJoin>>();
  const runningDisconnects = new Map<string, Mutable<LabDisconnect>>();
  const waiters = new Set<() => void>();

  function enter(fact: Fact): void {
    switch (fact.fact) {
      case 'request': {
        const { fact: _, ...request } = fact;
        requests.push(request);
        if (request.path.endsWith('/negotiate')) negotiations.push(request);
        return;
      }
      case 'connected': {
        const { fact: _, ...connection } = fact;
        connections.set(fact.connectionId, { connection, groups: new Set() });
        return;
      }
      case 'disconnecting': {
        const disconnect = { connectionId: fact.connectionId, startedAt: fact.at, finishedAt: null };
        connections.delete(fact.connectionId);
        disconnects.push(disconnect);
        runningDisconnects.set(fact.connectionId, disconnect);
        return;
      }
      case 'disconnected': {
        const disconnect = runningDisconnects.get(fact.connectionId);
        if (disconnect !== undefined) disconnect.finishedAt = fact.at;
        runningDisconnects.delete(fact.connectionId);
        return;
      }
      case 'called': {
        const { fact: _, ...call } = fact;
        calls.push(call);
        return;
      }
      case 'joining': {
        const { connectionId, groups, at } = fact;
        const join: LabJoin = { connectionId, groups, at, outcome: 'running' };
        joins.push(join);
        runningJoins.set(fact.id, join);
        maxConcurrent = Math.max(maxConcurrent, runningJoins.size);
        return;
      }
      case 'joinEnded': {
        const join = runningJoins.get(fact.id);
        if (join === undefined) return;
        runningJoins.delete(fact.id);
        join.outcome = fact.outcome;
        if (fact.outcome !== 'joined') return;
        for (const group of join.groups) connections.get(join.connectionId)?.groups.add(group);
        return;
      }
      case 'runStarted':
        runs.push({ run: fact.run, connectionId: fact.connectionId, items: [], ended: 'running' });
        return;
      case 'runItem':
        runs.find(({ run }) => run === fact.run)?.items.push(fact.item);
        return;
      case 'runEnded': {
        const ended = runs.find(({ run }) => run === fact.run);
        if (ended !== undefined) ended.ended = fact.how;
        return;
      }
      case 'left':
        connections.get(fact.connectionId)?.groups.delete(fact.group);
        return;
    }
    fact satisfies never;
  }

  function changed(): void {
    for (const look of waiters) look();
  }

  function facts(): LabFacts {
    return {
      connections: [...connections.values()].map(({ connection, groups }) => ({ ...connection, groups: [...groups] })),
      joins: { calls: joins, maxConcurrent },
      calls,
      runs,
      negotiations,
      requests,
      disconnects,
    };
  }

  return {
    record(fact) {
      enter(fact);
      changed();
    },
    serverDied() {
      connections.clear();
      runningDisconnects.clear();
      for (const join of runningJoins.values()) join.outcome = 'lost';
      runningJoins.clear();
      changed();
    },
    forget() {
      requests = [];
      negotiations = [];
      calls = [];
      runs = [];
      joins = [];
      disconnects = [];
      maxConcurrent = runningJoins.size;
    },
    facts,
    waitFor(read, timeout, failure) {
      return new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer);
          waiters.delete(look);
        };
        const look = (): void => {
          try {
            const value = read(facts());
            if (value === undefined || value === null || value === false) return;
            end();
            resolve(value as Exclude<typeof value, undefined | null | false>);
          } catch (error) {
            end();
            reject(error);
          }
        };
        const timer = setTimeout(() => {
          end();
          reject(new Error(failure()));
        }, timeout);
        waiters.add(look);
        look();
      });
    },
  };
}
