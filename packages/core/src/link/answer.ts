import { MessageType } from '@microsoft/signalr';
import type { Link } from './link.js';

/** Tells the server what it asked for. The words are SignalR’s. */
export async function answer(link: Link, invocationId: string, asked: Promise<unknown>): Promise<void> {
  const complete = (said: object): Promise<void> =>
    link.writing(
      () => ({ type: MessageType.Completion, invocationId, ...said }),
      () => link.send('', []),
    );
  // A rotation does not close the link on it.
  link.errands.begin();
  try {
    const result = await asked;
    await complete(result === undefined ? { error: "Client didn't provide a result." } : { result });
  } catch (error) {
    // Also a result that cannot be serialised; a server that is gone waits for nothing.
    await complete({ error: String(error) }).catch(() => {});
  } finally {
    link.errands.end();
  }
}
