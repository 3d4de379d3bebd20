import type { HubRequest, HubSocketEvents, UpgradeAnswer } from '../api/http.ts';
import type { WebSocketClass } from '../api/in-process.ts';
import { absoluteUrl } from './address.ts';
import type { Address } from './address.ts';
import { HandlerTarget } from './handlers.ts';
import { fromSocket, toSocket } from './socket-data.ts';
import type { SocketData } from './socket-data.ts';

export interface WebSocketHost {
  readonly address: Address;
  handleUpgrade(request: HubRequest): Promise<UpgradeAnswer>;
  /** For other addresses; undefined: nothing listens there. */
  readonly others: WebSocketClass | undefined;
}

const states = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;

/** What a browser says when no Close frame came: the connection could not be made, or it died. */
const noCloseFrame = 1006;

/** A class that can be handed out in place of the platform's `WebSocket`. */
export function createWebSocketClass(host: WebSocketHost): WebSocketClass {
  class InProcess extends InProcessWebSocket {
    constructor(url: string | URL, _protocols?: string | string[], options: { headers?: Record<string, string> } = {}) {
      const own = host.address.owns(absoluteUrl(url));
      super(url, (request) => (own ? host.handleUpgrade(request) : Promise.resolve(null)), options.headers);
    }
  }
  return new Proxy(InProcess as unknown as WebSocketClass, {
    construct(target, args: ConstructorParameters<WebSocketClass>, newTarget) {
      const { others } = host;
      const foreign = others !== undefined && !host.address.owns(absoluteUrl(args[0]));
      return foreign ? new others(...args) : (Reflect.construct(target, args, newTarget) as WebSocket);
    },
  });
}

/**
 * The client's end of a socket that has no network in between, with the states, events and close codes of a browser's.
 *
 * CONNECTING ──accepted──▶ OPEN ──close() or the hub's Close──▶ CLOSING ──answered──▶ CLOSED (wasClean)
 *     └─refused─▶ CLOSED (error, 1006)   └─terminated─▶ CLOSED (1006, no error: as Chromium does it)
 *
 * What either end sends arrives in a microtask of its own, in order: neither end ever runs inside a call of the other.
 */
class InProcessWebSocket extends HandlerTarget {
  static readonly CONNECTING = states.CONNECTING;
  static readonly OPEN = states.OPEN;
  static readonly CLOSING = states.CLOSING;
  static readonly CLOSED = states.CLOSED;
  readonly CONNECTING = states.CONNECTING;
  readonly OPEN = states.OPEN;
  readonly CLOSING = states.CLOSING;
  readonly CLOSED = states.CLOSED;

  readonly url: string;
  readonly protocol = '';
  readonly extensions = '';
  readonly bufferedAmount = 0;
  binaryType: BinaryType = 'blob';
  #state: (typeof states)[keyof typeof states] = states.CONNECTING;
  #hub: HubSocketEvents | null = null;
  /** A frozen hub does not answer a Close frame: what is to happen when it thaws. */
  #frozen = false;
  #answer: (() => void) | null = null;
  /** Sends and the close, in order; a Blob is read first. */
  #sending: Promise<unknown> = Promise.resolve();

  constructor(
    url: string | URL,
    upgrade: (request: HubRequest) => Promise<UpgradeAnswer>,
    headers: Record<string, string> = {},
  ) {
    super();
    const address = absoluteUrl(url);
    address.protocol = address.protocol.replace('http', 'ws');
    if (!/^wss?:$/.test(address.protocol) || address.hash !== '') {
      throw new DOMException(`'${address.protocol}//${address.host}' is no address of a WebSocket.`, 'SyntaxError');
    }
    this.url = address.href;
    void this.#open(upgrade, { ...headers, Connection: 'Upgrade', Upgrade: 'websocket' });
  }

  get readyState(): number {
    return this.#state;
  }

  get onopen(): WebSocket['onopen'] {
    return this.handlerOf('open');
  }
  set onopen(handler) {
    this.handle('open', handler);
  }
  get onmessage(): WebSocket['onmessage'] {
    return this.handlerOf('message');
  }
  set onmessage(handler) {
    this.handle('message', handler);
  }
  get onerror(): WebSocket['onerror'] {
    return this.handlerOf('error');
  }
  set onerror(handler) {
    this.handle('error', handler);
  }
  get onclose(): WebSocket['onclose'] {
    return this.handlerOf('close');
  }
  set onclose(handler) {
    this.handle('close', handler);
  }

  send(data: SocketData): void {
    if (this.#state === states.CONNECTING) {
      throw new DOMException('Still in CONNECTING state.', 'InvalidStateError');
    }
    if (this.#state !== states.OPEN) return;
    const sent = fromSocket(data);
    this.#inTurn(async () => this.#hub?.message(await sent));
  }

  close(code?: number, reason = ''): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new DOMException(`The code must be 1000, or between 3000 and 4999; it is ${code}.`, 'InvalidAccessError');
    }
    if (new TextEncoder().encode(reason).length > 123) {
      throw new DOMException('The reason must not be longer than 123 bytes.', 'SyntaxError');
    }
    if (this.#state === states.CLOSING || this.#state === states.CLOSED) return;
    if (this.#state === states.CONNECTING) {
      this.#state = states.CLOSING;
      return void Promise.resolve().then(() => this.#fail());
    }
    this.#state = states.CLOSING;
    // 1005: the frame holds no code. Kestrel answers each with 1000.
    this.#inTurn(() => {
      this.#hub?.closed(code ?? 1005);
      this.#answer = () => this.#end(1000, '', true);
      if (!this.#frozen) this.#answer();
    });
  }

  async #open(
    upgrade: (request: HubRequest) => Promise<UpgradeAnswer>,
    headers: Record<string, string>,
  ): Promise<void> {
    const answer = await upgrade({ method: 'GET', url: this.url.replace('ws', 'http'), headers });
    if (!answer?.accepted) return this.#fail();
    const hub = answer.accept({
      send: (data) => this.#arrives(() => this.#hear(data)),
      close: (code, reason = '') =>
        this.#arrives(() => {
          this.#hub?.closed(code);
          this.#end(code, reason, true);
        }),
      terminate: () => this.#arrives(() => this.#end(noCloseFrame, '', false)),
      pause: () => void (this.#frozen = true),
      resume: () => {
        this.#frozen = false;
        this.#answer?.();
      },
    });
    // Closed by the client before it was open: the hub has to hear of it all the same.
    if (this.#state !== states.CONNECTING) return hub.closed();
    this.#hub = hub;
    this.#state = states.OPEN;
    this.tell('open');
  }

  #hear(data: string | Uint8Array): void {
    if (this.#state !== states.OPEN) return;
    this.tellMessage('message', { data: toSocket(data, this.binaryType), origin: new URL(this.url).origin });
  }

  #arrives(run: () => void): void {
    void Promise.resolve().then(run);
  }

  #inTurn(run: () => void | Promise<void>): void {
    this.#sending = this.#sending.then(run);
  }

  #fail(): void {
    if (this.#state === states.CLOSED) return;
    this.#state = states.CLOSED;
    this.tell('error');
    this.tellClose(noCloseFrame, '', false);
  }

  #end(code: number, reason: string, wasClean: boolean): void {
    if (this.#state === states.CLOSED) return;
    this.#state = states.CLOSED;
    this.tellClose(code, reason, wasClean);
  }
}
