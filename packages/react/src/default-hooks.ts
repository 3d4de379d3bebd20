import { createHubHooks } from './create-hub-hooks.js';
import type { HubHooks } from './hub-hooks.js';

/** The set for an app with one hub and no contract. */
const hooks: HubHooks = /* @__PURE__ */ createHubHooks();

export const HubProvider: HubHooks['HubProvider'] = hooks.HubProvider;
export const useHub: HubHooks['useHub'] = hooks.useHub;
export const useHubSnapshot: HubHooks['useHubSnapshot'] = hooks.useHubSnapshot;
export const useHubMessage: HubHooks['useHubMessage'] = hooks.useHubMessage;
export const useHubEvent: HubHooks['useHubEvent'] = hooks.useHubEvent;
export const useHubGroup: HubHooks['useHubGroup'] = hooks.useHubGroup;
export const useHubInvoke: HubHooks['useHubInvoke'] = hooks.useHubInvoke;
export const useHubStream: HubHooks['useHubStream'] = hooks.useHubStream;
export const useHubQuery: HubHooks['useHubQuery'] = hooks.useHubQuery;
