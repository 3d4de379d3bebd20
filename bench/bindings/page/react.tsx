import { createSignalRClient, event } from '@dammers/use-signalr-react';
import { createHubClient, HubProvider, useHubQuery } from '@org/hub-react';
import { type ComponentType, Profiler, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { useSignalRHub } from 'use-signalr-hub';
import { committed, type Messages, noMessages, shown, withMessage } from './figures.ts';
import { connectionTo } from './raw.ts';
import { createSignalRContext } from './react-signalr.js';

/** Each as its own documentation shows it. */
const contestants: Record<string, (url: string) => ComponentType> = {
  idle: (url) => () => {
    useEffect(() => void connectionTo(url).start(), []);
    return <List messages={noMessages} />;
  },

  naive: (url) => () => {
    const [messages, setMessages] = useState(noMessages);
    useEffect(() => {
      const connection = connectionTo(url);
      connection.on('Number', (number: number) => setMessages((before) => withMessage(before, number)));
      void connection.start();
      return () => void connection.stop();
    }, []);
    return <List messages={messages} />;
  },

  'use-signalr-hub': (url) => () => {
    const [messages, setMessages] = useState(noMessages);
    useSignalRHub(url, {
      onConnected: (hub) => hub.on('Number', (number: number) => setMessages((before) => withMessage(before, number))),
    });
    return <List messages={messages} />;
  },

  'react-signalr': (url) => {
    const { Provider, useSignalREffect } = createSignalRContext();
    const Numbers = () => {
      const [messages, setMessages] = useState(noMessages);
      useSignalREffect('Number', (number: number) => setMessages((before) => withMessage(before, number)), []);
      return <List messages={messages} />;
    };
    return () => (
      <Provider url={url}>
        <Numbers />
      </Provider>
    );
  },

  '@dammers/use-signalr-react': (url) => {
    const { origin, pathname } = new URL(url);
    const hub = pathname as '/hub';
    const { SignalRProvider, useSignalREffect } = createSignalRClient({
      hubs: { '/hub': { events: { Number: event<[number: number]>() } } },
    });
    const Numbers = () => {
      const [messages, setMessages] = useState(noMessages);
      useSignalREffect(hub, 'Number', (number) => setMessages((before) => withMessage(before, number)));
      return <List messages={messages} />;
    };
    return () => (
      <SignalRProvider baseUrl={origin} accessTokenFactory={() => ''}>
        <Numbers />
      </SignalRProvider>
    );
  },

  ours: (url) => {
    const client = createHubClient({ url });
    const Numbers = () => {
      const { data = noMessages } = useHubQuery({
        queryKey: ['numbers'],
        load: () => noMessages,
        on: { Number: withMessage },
      });
      return <List messages={data} />;
    };
    return () => (
      <HubProvider client={client} autoStart>
        <Numbers />
      </HubProvider>
    );
  },
};

function List({ messages }: { messages: Messages }) {
  useEffect(() => shown(messages.count));
  return (
    <section aria-label="Messages">
      <p>{messages.count} messages</p>
      <ol>
        {messages.last.map((number) => (
          <li key={number}>{number}</li>
        ))}
      </ol>
    </section>
  );
}

export function mount(name: string, url: string, root: Element): void {
  const Contestant = contestants[name]?.(url);
  if (!Contestant) throw new Error(`There is no ${name}.`);
  createRoot(root).render(
    <Profiler id="contestant" onRender={committed}>
      <Contestant />
    </Profiler>,
  );
}
