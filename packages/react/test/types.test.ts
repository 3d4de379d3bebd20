import { expectTypeOf, it } from 'vitest';
import {
  createHubHooks,
  type HubClient,
  type HubSnapshot,
  type HubStatus,
  useHub,
  useHubMessage,
} from '@org/hub-react';
import type { RoomHub } from './live-hub.ts';

const typed = createHubHooks<RoomHub>();

it('knows the names and arguments of the contract', () => {
  const useContract = (): void => {
    expectTypeOf(typed.useHub()).toEqualTypeOf<HubClient<RoomHub>>();
    expectTypeOf(typed.useHubSnapshot()).toEqualTypeOf<HubSnapshot>();
    expectTypeOf(typed.useHubSnapshot((snapshot) => snapshot.status)).toEqualTypeOf<HubStatus>();
    typed.useHubMessage('Message', (text) => expectTypeOf(text).toEqualTypeOf<string>());
    // @ts-expect-error the server has no such call
    typed.useHubMessage('Massage', () => {});
    typed.useHubEvent('groupFailed', ({ error }) => expectTypeOf(error.remediation).toEqualTypeOf<string>());
  };
  expectTypeOf(useContract).toBeFunction();
});

it('takes any name without a contract', () => {
  const useContract = (): void => {
    useHubMessage('Anything', (text: string, count: number) => void [text, count]);
    expectTypeOf(useHub().invoke<number>('Count')).toEqualTypeOf<Promise<number>>();
  };
  expectTypeOf(useContract).toBeFunction();
});
