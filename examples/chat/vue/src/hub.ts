import { createHubComposables, type HubComposables } from '@org/hub-vue';
import type { ChatHub } from '../../contract.ts';

const composables: HubComposables<ChatHub> = createHubComposables<ChatHub>();

export const { createHubPlugin, useHub, useHubSnapshot, useHubMessage, useHubGroup } = composables;
