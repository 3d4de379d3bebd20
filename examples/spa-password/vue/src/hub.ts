import { createHubComposables, type HubComposables } from '@org/hub-vue';
import type { ShoppingHub } from '../../contract.ts';

const composables: HubComposables<ShoppingHub> = createHubComposables<ShoppingHub>();

export const { createHubPlugin, useHub, useHubQuery, useHubSnapshot } = composables;
