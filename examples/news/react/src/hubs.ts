import { createHubHooks, type HubHooks } from '@org/hub-react';
import type { MessagesHub, NewsHub } from '../../contract.ts';

/** A set of hooks for each hub: a set knows its own contract, and finds its own provider. */
export const news: HubHooks<NewsHub> = createHubHooks<NewsHub>();
export const messages: HubHooks<MessagesHub> = createHubHooks<MessagesHub>();
