import { type ReactNode, useEffect, useEffectEvent, useState } from 'react';
import type { ChatMessage } from '../../contract.ts';
import { merged, timeOfDay, toneOf } from '../../shared/messages.ts';
import { healsItself } from '../../../common/page/problem.ts';
import { wayIn } from '../../shared/way-in.ts';
import { Composer } from './Composer.tsx';
import { useHub, useHubGroup, useHubMessage, useHubSnapshot } from './hub.ts';

interface ConversationProps {
  room: string;
  title: string;
  isMember: boolean;
  onError: (thrown: unknown) => void;
}

export function Conversation({ room, title, isMember, onError }: ConversationProps): ReactNode {
  const hub = useHub();
  const gaps = useHubSnapshot((snapshot) => snapshot.gaps);
  const { status, error, retry } = useHubGroup(room);
  const [messages, setMessages] = useState<readonly ChatMessage[]>([]);
  const report = useEffectEvent(onError);

  useHubMessage('MessageReceived', (message) => {
    if (message.room === room) setMessages((known) => merged(known, [message]));
  });

  // Joined first, loaded second: what is said in between arrives live, and what arrives twice is merged.
  useEffect(() => {
    if (status !== 'joined') return;
    let current = true;
    hub.invoke('History', room).then(
      (history) => current && setMessages((known) => merged(known, history)),
      (reason: unknown) => current && !healsItself(reason) && report(reason),
    );
    return () => {
      current = false;
    };
  }, [hub, room, status, gaps]);

  return (
    <main aria-labelledby="room">
      <h2 id="room">{title}</h2>
      {error ? (
        <div className="refusal" data-testid="refusal" aria-live="polite">
          <p>
            <strong>{error.message}</strong>
          </p>
          <p>{wayIn(error, isMember)}</p>
          <button type="button" onClick={retry}>
            Try again
          </button>
        </div>
      ) : (
        <>
          <div className="log" role="log" aria-labelledby="room" tabIndex={0}>
            <ul className="messages" aria-label="Messages">
              {messages.map(({ id, name, text, sentAt }) => (
                <li key={id} data-message={id}>
                  <span className="avatar" data-tone={toneOf(name)} aria-hidden="true">
                    {name[0]}
                  </span>
                  <span className="name">{name}</span>
                  <time dateTime={new Date(sentAt).toISOString()}>{timeOfDay(sentAt)}</time>
                  <p>{text}</p>
                </li>
              ))}
            </ul>
            {status === 'joined' && messages.length === 0 && <p className="hint">Nobody has said anything yet.</p>}
          </div>
          {isMember ? (
            <Composer
              label="Message"
              action="Send"
              onSend={(text) => hub.invoke('Send', room, text)}
              onError={onError}
            />
          ) : (
            <p className="hint">Log in to write. Visitors see the first words of each message.</p>
          )}
        </>
      )}
    </main>
  );
}
