import { createHubComposables } from './create-hub-composables.js';
import type { HubComposables } from './hub-composables.js';

/** The set for an app with one hub and no contract. */
const composables: HubComposables = /* @__PURE__ */ createHubComposables();

export const createHubPlugin: HubComposables['createHubPlugin'] = composables.createHubPlugin;
export const provideHub: HubComposables['provideHub'] = composables.provideHub;
export const useHub: HubComposables['useHub'] = composables.useHub;
export const useHubSnapshot: HubComposables['useHubSnapshot'] = composables.useHubSnapshot;
export const useHubMessage: HubComposables['useHubMessage'] = composables.useHubMessage;
export const useHubEvent: HubComposables['useHubEvent'] = composables.useHubEvent;
export const useHubGroup: HubComposables['useHubGroup'] = composables.useHubGroup;
export const useHubInvoke: HubComposables['useHubInvoke'] = composables.useHubInvoke;
export const useHubQuery: HubComposables['useHubQuery'] = composables.useHubQuery;
export const useHubStream: HubComposables['useHubStream'] = composables.useHubStream;
