import { createHubHooks } from '@org/hub-react';
import { type ReactNode, useState } from 'react';
import type { RoomHub } from './room-hub.ts';

const { HubProvider, useHub, useHubGroup, useHubMessage, useHubSnapshot } = createHubHooks<RoomHub>();
export { HubProvider };

/** The component under test: it knows nothing of any test. */
export function Room({ name }: { name: string }): ReactNode {
  const hub = useHub();
  const status = useHubSnapshot((snapshot) => snapshot.status);
  const group = useHubGroup(name);
  const [messages, setMessages] = useState<string[]>([]);
  useHubMessage('Said', (text) => setMessages((known) => [...known, text]));
  return (
    <section>
      <p role="status">
        {status}, {group.status} {group.error?.message}
      </p>
      <ul>
        {messages.map((text, index) => (
          <li key={index}>{text}</li>
        ))}
      </ul>
      <button type="button" onClick={() => void hub.invoke('Say', name, 'Hello!')}>
        Say hello
      </button>
    </section>
  );
}
