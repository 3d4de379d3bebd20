// What a block may use without saying where it comes from. docs/typed-hubs.md tells readers of it.
import type * as core from '@org/hub-core';
import type * as identity from '@org/hub-core/identity';
import type * as live from '@org/hub-core/live';
import type * as oidc from '@org/hub-core/oidc';
import type * as contract from './chat-hub.ts';

declare global {
  type ChatHub = contract.ChatHub;
  type ChatMessage = contract.ChatMessage;

  /** A client that is connected. */
  const hub: core.HubClient<ChatHub>;
  function render(data: unknown): void;
  function showProblem(problem: unknown): void;

  /** The global of the script-tag file. */
  const HubCore: typeof core & typeof oidc & typeof identity & typeof live;
}
