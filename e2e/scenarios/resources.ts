/// <reference types="node" />
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type OpenResources, watchResources } from '../open-resources.ts';

/** The lab has timers of its own in this process, and fetch keeps connections alive; neither is the client's. */
const others = /\/e2e\/lab\/|\/packages\/testing\/|node:internal\/deps\/undici/;

/** Counts what is open in this process, from now to the end of the test. */
export function countResources(): OpenResources<never> {
  const resources = watchResources(WebSocket, others);
  onTestFinished(resources.restore);
  return { ...resources, WebSocket: resources.WebSocket as never };
}
