/**
 * What tabs of one origin tell each other. Safe where there is nothing to tell it with (old browsers, some workers,
 * server-side rendering, storage that the user has blocked): then nothing is heard.
 */
export interface Channel {
  post(message: unknown): void;
  /** What was posted before still arrives. */
  close(): void;
}

/** Every other channel of this name hears what is posted; null where there are no channels. */
export function openChannel(name: string, hear: (message: unknown) => void): Channel | null {
  try {
    const channel = new globalThis.BroadcastChannel(name);
    channel.onmessage = ({ data }: MessageEvent<unknown>) => hear(data);
    return { post: (message) => channel.postMessage(message), close: () => channel.close() };
  } catch {
    return null;
  }
}

/** The storage that tabs share; undefined where there is none, or where the user has blocked it. */
export function sharedStorage(): Storage | undefined {
  try {
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}

/** Tells of each change that another tab makes to it: the key, null where all was cleared. Returns the unsubscribe. */
export function onSharedStorage(listener: (key: string | null) => void): () => void {
  const tell = ({ key }: Event & { key?: string | null }): void => listener(key ?? null);
  globalThis.addEventListener?.('storage', tell);
  return () => globalThis.removeEventListener?.('storage', tell);
}
