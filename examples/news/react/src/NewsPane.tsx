import { type ReactNode, useState } from 'react';
import type { Topic } from '../../contract.ts';
import { news } from './hubs.ts';
import { QueryState } from './QueryState.tsx';
import { TopicFeed } from './TopicFeed.tsx';

/** Following a topic is nothing but a component on the page: it joins when it comes, and leaves when it goes. */
export function NewsPane(): ReactNode {
  const hub = news.useHub();
  const topics = news.useHubQuery<readonly Topic[]>({
    queryKey: ['topics'],
    load: () => hub.invoke('Topics'),
    on: {},
  });
  const [followed, setFollowed] = useState<ReadonlySet<string>>(new Set(['weather']));

  const toggle = (name: string, isOn: boolean): void => {
    const next = new Set(followed);
    if (isOn) next.add(name);
    else next.delete(name);
    setFollowed(next);
  };

  const shown = topics.data?.filter(({ name }) => followed.has(name)) ?? [];
  return (
    <main className="news">
      <fieldset className="topics">
        <legend>Topics to follow</legend>
        <QueryState of={topics} what="topics" />
        {topics.data?.map(({ name, title }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={followed.has(name)}
              onChange={(event) => toggle(name, event.target.checked)}
            />
            {title}
          </label>
        ))}
      </fieldset>
      {topics.data && shown.length === 0 && <p className="hint">You follow nothing. Choose a topic above.</p>}
      <div className="feeds">
        {shown.map((topic) => (
          <TopicFeed key={topic.name} topic={topic} />
        ))}
      </div>
    </main>
  );
}
