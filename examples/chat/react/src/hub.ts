import { createHubHooks, type HubHooks } from '@org/hub-react';
import type { ChatHub } from '../../contract.ts';

const hooks: HubHooks<ChatHub> = createHubHooks<ChatHub>();

export const { HubProvider, useHub, useHubSnapshot, useHubMessage, useHubGroup } = hooks;
