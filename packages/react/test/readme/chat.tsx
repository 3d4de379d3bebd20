import { type FormEvent, type ReactNode, useState } from 'react';
import { createHubHooks } from '@org/hub-react';

export interface ChatMessage {
  id: number;
  text: string;
}

export interface ChatHub {
  server: {
    JoinGroup(room: string): void;
    LeaveGroup(room: string): void;
    Send(room: string, text: string): ChatMessage;
    History(room: string, after?: number): ChatMessage[];
  };
  client: {
    MessageReceived(message: ChatMessage): void;
    MessageRemoved(id: number): void;
  };
  streams: { Load(unit: string): number };
}

export const {
  HubProvider,
  useHub,
  useHubEvent,
  useHubGroup,
  useHubInvoke,
  useHubMessage,
  useHubQuery,
  useHubSnapshot,
  useHubStream,
} = createHubHooks<ChatHub>();

export function Messages({ room }: { room: string }): ReactNode {
  const hub = useHub();
  const {
    data = [],
    error,
    reload,
  } = useHubQuery({
    queryKey: ['messages', room],
    group: room,
    load: () => hub.invoke('History', room),
    on: {
      MessageReceived: (messages, message) => [...messages, message],
      MessageRemoved: (messages, id) => messages.filter((message) => message.id !== id),
    },
    itemKey: (message) => message.id,
  });
  if (error) return <button onClick={reload}>{error.message} Try again</button>;
  return (
    <ul>
      {data.map(({ id, text }) => (
        <li key={id}>{text}</li>
      ))}
    </ul>
  );
}

export function Composer({ room }: { room: string }): ReactNode {
  const [text, setText] = useState('');
  const { invoke, status, error } = useHubInvoke('Send');
  const send = (event: FormEvent): void => {
    event.preventDefault();
    void invoke(room, text); // A failure is in `error`; whoever needs the result may await it.
  };
  return (
    <form onSubmit={send}>
      <input aria-label="Message" value={text} onChange={(event) => setText(event.target.value)} />
      <button disabled={status === 'pending'}>Send</button>
      {error && <p role="alert">{error.message}</p>}
    </form>
  );
}

export function Load({ unit }: { unit: string }): ReactNode {
  const { data, status } = useHubStream('Load', [unit], { keep: 60 });
  return (
    <p>
      {status === 'streaming' ? data.at(-1) : '…'} {unit}, at most {Math.max(0, ...data)}
    </p>
  );
}

export function Room({ name }: { name: string }): ReactNode {
  const { status, error, retry } = useHubGroup(name);
  if (status === 'failed') return <button onClick={retry}>{error?.message} Try again</button>;
  return <p>{status === 'joined' ? `You are in ${name}.` : 'Entering…'}</p>;
}

export function Connection(): ReactNode {
  const status = useHubSnapshot((snapshot) => snapshot.status);
  const error = useHubSnapshot((snapshot) => snapshot.error);
  return (
    <p role="status">
      {status} {error?.remediation}
    </p>
  );
}

export function Unread(): ReactNode {
  const [count, setCount] = useState(0);
  useHubMessage('MessageReceived', () => setCount((before) => before + 1));
  return <button onClick={() => setCount(0)}>{count} unread</button>;
}

export function Notices(): ReactNode {
  const [notice, setNotice] = useState('');
  useHubEvent('restored', ({ gapMs }) => setNotice(`Back after ${Math.ceil(gapMs / 1000)} s.`));
  useHubEvent('sessionEnded', () => setNotice('You have been signed out.'));
  return <p role="status">{notice}</p>;
}
