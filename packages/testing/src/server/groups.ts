import type { Emitter } from '../platform/emitter.ts';
import { HubException } from '../api/errors.ts';
import type { TestHubEvents } from '../api/events.ts';
import type { Faults } from './faults.ts';
import type { Registry } from './registry.ts';

export interface Groups {
  add(name: string, connectionId: string): Promise<void>;
  remove(name: string, connectionId: string): Promise<void>;
}

/** Membership belongs to a connection and is gone with it. An unknown connection is no error, as in ASP.NET Core. */
export function createGroups(registry: Registry, faults: Faults, events: Emitter<TestHubEvents>): Groups {
  return {
    async add(name, connectionId) {
      const refusal = faults.groupRefusal(name);
      if (refusal !== undefined) throw new HubException(refusal);
      if (registry.byId(connectionId)?.groups.join(name)) events.emit('joined', { connectionId, group: name });
    },
    async remove(name, connectionId) {
      if (registry.byId(connectionId)?.groups.leave(name)) events.emit('left', { connectionId, group: name });
    },
  };
}
