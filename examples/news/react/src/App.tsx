import { type ReactNode, useState } from 'react';
import { connectionProblem } from '../../../common/page/connection-line.ts';
import { healsItself, type Problem, problemOf } from '../../../common/page/problem.ts';
import { Connections } from './Connections.tsx';
import { messages, news } from './hubs.ts';
import { MessagesPane } from './MessagesPane.tsx';
import { NewsPane } from './NewsPane.tsx';
import type { Auth } from './open-news.ts';
import { Problems } from './Problems.tsx';

export function App({ auth, firstProblem }: { auth: Auth; firstProblem: Problem | null }): ReactNode {
  const newsHub = news.useHub();
  const newsSnapshot = news.useHubSnapshot();
  const messagesSnapshot = messages.useHubSnapshot();
  const [problem, setProblem] = useState(firstProblem);
  const [isLeaving, setLeaving] = useState(false);

  const report = (thrown: unknown): void => {
    setLeaving(false);
    if (!healsItself(thrown)) setProblem(problemOf(thrown));
  };
  const logIn = (): void => {
    setProblem(null);
    auth.signIn().catch(report);
  };
  const logOut = (): void => {
    setProblem(null);
    setLeaving(true);
    // Of either hub: both are closed first, then the provider ends the session.
    newsHub.logout().catch(report);
  };

  const { userId } = newsSnapshot;
  const isOut = newsSnapshot.auth === 'anonymous' || newsSnapshot.auth === 'signed-out';
  const troubles = [...new Set([newsSnapshot, messagesSnapshot].map(connectionProblem))];
  const problems = [...troubles, problem].filter((one) => one !== null);

  return (
    <>
      <header>
        <h1>News</h1>
        <div className="account">
          {userId !== null && (
            <>
              <span data-testid="user">{userId}</span>
              <button type="button" aria-disabled={isLeaving} onClick={() => isLeaving || logOut()}>
                Log out
              </button>
            </>
          )}
        </div>
        {!isOut && <Connections />}
      </header>
      <Problems problems={problems} onDismiss={problem && (() => setProblem(null))} />
      {isOut && !isLeaving && (
        <main className="welcome">
          <h2>Read all about it</h2>
          <p>Follow topics as they happen, and write to whoever reads along. You log in once, for both.</p>
          <button type="button" className="primary" onClick={logIn}>
            Log in
          </button>
        </main>
      )}
      {userId !== null && (
        // Another user is another page: nothing of the one before may stay, not even a half-written line.
        <div className="desk" key={userId}>
          <NewsPane />
          <MessagesPane self={userId} />
        </div>
      )}
    </>
  );
}
