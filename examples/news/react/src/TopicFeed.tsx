import { type ReactNode, useId } from 'react';
import type { Article, Topic } from '../../contract.ts';
import { Composer } from './Composer.tsx';
import { news } from './hubs.ts';
import { QueryState } from './QueryState.tsx';

const shownAtMost = 50;

/** The history and what is published from now on, in one list without holes: joined first, loaded second, merged by id. */
export function TopicFeed({ topic }: { topic: Topic }): ReactNode {
  const title = useId();
  const hub = news.useHub();
  const articles = news.useHubQuery<readonly Article[]>({
    queryKey: ['articles', topic.name],
    group: topic.name,
    load: () => hub.invoke('Articles', topic.name),
    // One method tells of all topics that this connection follows.
    on: {
      Published: (known, article) => (article.topic === topic.name ? [...known, article].slice(-shownAtMost) : known),
    },
    itemKey: ({ id }) => id,
  });
  const publish = news.useHubInvoke('Publish');

  return (
    <section className="card feed" aria-labelledby={title}>
      <h2 id={title}>{topic.title}</h2>
      <QueryState of={articles} what="articles" />
      {articles.data?.length === 0 && <p className="hint">Nothing has happened yet.</p>}
      {articles.data && articles.data.length > 0 && (
        <ol className="articles" aria-label={`${topic.title} articles`} aria-live="polite" tabIndex={0}>
          {articles.data.toReversed().map(({ id, headline, author, publishedAt }) => (
            <li key={id} data-article={id}>
              <h3>{headline}</h3>
              <p className="hint">
                {author}, <time dateTime={new Date(publishedAt).toISOString()}>{timeOfDay(publishedAt)}</time>
              </p>
            </li>
          ))}
        </ol>
      )}
      <Composer
        label={`Headline for ${topic.title}`}
        action="Publish"
        maxLength={200}
        error={publish.error}
        onSend={(headline) => publish.invoke(topic.name, headline)}
      />
    </section>
  );
}

function timeOfDay(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });
}
