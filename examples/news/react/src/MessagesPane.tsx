import { type ReactNode, useState } from 'react';
import type { DirectMessage, Reader } from '../../contract.ts';
import { Composer } from './Composer.tsx';
import { messages } from './hubs.ts';
import { QueryState } from './QueryState.tsx';

/** The other hub: who is online, and a word to one of them. */
export function MessagesPane({ self }: { self: string }): ReactNode {
  const hub = messages.useHub();
  const readers = messages.useHubQuery<readonly Reader[]>({
    queryKey: ['online'],
    load: () => hub.invoke('Online'),
    on: { OnlineChanged: (_, now) => now },
  });
  const received = messages.useHubQuery<readonly DirectMessage[]>({
    queryKey: ['messages'],
    load: () => hub.invoke('Messages'),
    on: { MessageReceived: (known, message) => [...known, message] },
    itemKey: ({ id }) => id,
  });
  const send = messages.useHubInvoke('Send');
  const [receiver, setReceiver] = useState<Reader | null>(null);

  return (
    <aside aria-label="People">
      <section className="card" aria-labelledby="online">
        <h2 id="online">Online</h2>
        <QueryState of={readers} what="readers" />
        <ul aria-labelledby="online" className="readers">
          {readers.data?.map((reader) => (
            <li key={reader.userId}>
              {reader.userId === self ? (
                `${reader.name} (you)`
              ) : (
                <button
                  type="button"
                  aria-pressed={receiver?.userId === reader.userId}
                  onClick={() => setReceiver(reader)}
                >
                  Write to {reader.name}
                </button>
              )}
            </li>
          ))}
        </ul>
      </section>
      <section className="card" aria-labelledby="direct">
        <h2 id="direct">Direct messages</h2>
        <QueryState of={received} what="messages" />
        {received.data?.length === 0 && <p className="hint">Nobody has written yet.</p>}
        <ul aria-labelledby="direct" aria-live="polite" className="messages">
          {received.data?.map(({ id, fromUserId, fromName, toName, text }) => (
            <li key={id}>
              <strong>{fromUserId === self ? `To ${toName}` : fromName}</strong> {text}
            </li>
          ))}
        </ul>
        {receiver && (
          <Composer
            key={receiver.userId}
            label={`Message to ${receiver.name}`}
            action="Send"
            maxLength={500}
            error={send.error}
            onSend={(text) => send.invoke(receiver.userId, text)}
          />
        )}
      </section>
    </aside>
  );
}
