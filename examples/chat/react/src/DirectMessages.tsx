import { type ReactNode, useState } from 'react';
import type { DirectMessage, OnlineUser } from '../../contract.ts';
import { merged } from '../../shared/messages.ts';
import { Composer } from './Composer.tsx';
import { useHub, useHubMessage } from './hub.ts';

interface DirectMessagesProps {
  self: string | null;
  receiver: OnlineUser | null;
  onReceiver: (user: OnlineUser) => void;
  users: readonly OnlineUser[];
  onError: (thrown: unknown) => void;
}

export function DirectMessages({ self, receiver, onReceiver, users, onError }: DirectMessagesProps): ReactNode {
  const hub = useHub();
  const [messages, setMessages] = useState<readonly DirectMessage[]>([]);
  const nameOf = (userId: string): string => users.find((user) => user.userId === userId)?.name ?? userId;

  useHubMessage('DirectMessageReceived', (message) => {
    setMessages((known) => merged(known, [message]));
    // Whoever writes first gets the answer.
    if (!receiver && message.fromUserId !== self) onReceiver({ userId: message.fromUserId, name: message.fromName });
  });

  return (
    <section className="direct" aria-labelledby="direct">
      <h2 id="direct">Direct messages</h2>
      <ul aria-label="Direct messages" aria-live="polite">
        {messages.map(({ id, fromUserId, fromName, toUserId, text }) => (
          <li key={id}>
            <span className="name">{fromUserId === self ? `To ${nameOf(toUserId)}` : fromName}</span> {text}
          </li>
        ))}
      </ul>
      {receiver ? (
        <>
          <p className="hint">To {receiver.name}</p>
          <Composer
            label="Direct message"
            action="Send direct message"
            onSend={(text) => hub.invoke('SendDirect', receiver.userId, text)}
            onError={onError}
          />
        </>
      ) : (
        <p className="hint">Choose somebody who is online to write to.</p>
      )}
    </section>
  );
}
