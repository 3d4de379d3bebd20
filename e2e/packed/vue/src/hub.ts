import { createHubComposables, type HubComposables } from '@org/hub-vue';
import type { GreeterHub } from './contract';

const composables: HubComposables<GreeterHub> = createHubComposables<GreeterHub>();

export const { createHubPlugin, useHub, useHubGroup, useHubMessage, useHubSnapshot } = composables;
