import { expectTypeOf, it } from 'vitest';
import { type ComputedRef, ref } from 'vue';
import {
  createHubComposables,
  type HubClient,
  type HubSnapshot,
  type HubStatus,
  useHub,
  useHubMessage,
} from '@org/hub-vue';
import type { RoomHub } from '../../react/test/live-hub.ts';

const typed = createHubComposables<RoomHub>();

it('knows the names and arguments of the contract', () => {
  const useContract = (): void => {
    expectTypeOf(typed.useHub()).toEqualTypeOf<HubClient<RoomHub>>();
    expectTypeOf(typed.useHubSnapshot()).toEqualTypeOf<ComputedRef<HubSnapshot>>();
    expectTypeOf(typed.useHubSnapshot((snapshot) => snapshot.status)).toEqualTypeOf<ComputedRef<HubStatus>>();
    typed.useHubMessage(ref('Message' as const), (text) => expectTypeOf(text).toEqualTypeOf<string>());
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
