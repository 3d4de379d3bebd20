// Taken together: under jsdom all three are its own, and an event of one realm cannot be dispatched in another.
const Event: typeof globalThis.Event = globalThis.Event;
const EventTarget: typeof globalThis.EventTarget = globalThis.EventTarget;
const MessageEvent: typeof globalThis.MessageEvent = globalThis.MessageEvent;

type Handler = ((event: never) => unknown) | null;

/** An EventTarget with `on…` attributes. */
export class HandlerTarget extends EventTarget {
  readonly #handlers = new Map<string, Handler>();

  protected handlerOf(type: string): never {
    return (this.#handlers.get(type) ?? null) as never;
  }

  /** The handler keeps the place, among the listeners, of the first one set. */
  protected handle(type: string, handler: Handler): void {
    if (!this.#handlers.has(type)) {
      this.addEventListener(type, (event) => this.#handlers.get(type)?.call(this, event as never));
    }
    this.#handlers.set(type, handler);
  }

  protected tell(type: string): void {
    this.dispatchEvent(new Event(type));
  }

  protected tellMessage(type: string, fields: MessageEventInit): void {
    this.dispatchEvent(new MessageEvent(type, fields));
  }

  protected tellClose(code: number, reason: string, wasClean: boolean): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code, reason, wasClean }));
  }
}
