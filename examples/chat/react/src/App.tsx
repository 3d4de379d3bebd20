import { type ReactNode, useState } from 'react';
import type { OnlineUser, Room } from '../../contract.ts';
import { connectionProblem } from '../../../common/page/connection-line.ts';
import { type Auth, restartHub } from '../../shared/open-chat.ts';
import { healsItself, type Problem, problemOf } from '../../../common/page/problem.ts';
import { ConnectionStatus } from './ConnectionStatus.tsx';
import { Conversation } from './Conversation.tsx';
import { DirectMessages } from './DirectMessages.tsx';
import { useHub, useHubMessage, useHubSnapshot } from './hub.ts';
import { Online } from './Online.tsx';
import { Problems } from './Problems.tsx';
import { Rooms } from './Rooms.tsx';
import { useLoaded } from './use-loaded.ts';
import { useUserName } from './use-user-name.ts';

export function App({ auth, firstProblem }: { auth: Auth; firstProblem: Problem | null }): ReactNode {
  const hub = useHub();
  const snapshot = useHubSnapshot();
  const [problem, setProblem] = useState(firstProblem);
  const [room, setRoom] = useState('lobby');
  const [receiver, setReceiver] = useState<OnlineUser | null>(null);
  const userName = useUserName(auth);

  const report = (thrown: unknown): void => setProblem(problemOf(thrown));
  const attempt = (action: Promise<unknown>): void => {
    setProblem(null);
    action.catch((error: unknown) => healsItself(error) || report(error));
  };

  const [rooms] = useLoaded<readonly Room[]>([], () => hub.invoke('Rooms'), report);
  const [online, setOnline] = useLoaded<readonly OnlineUser[]>([], () => hub.invoke('Online'), report);
  useHubMessage('OnlineChanged', setOnline);

  const title = rooms.find(({ name }) => name === room)?.title ?? 'Chat';
  const isMember = userName !== null;
  // Out of order for a moment, not disabled: a disabled button loses the keyboard’s focus.
  const now = hub.with({ whenDisconnected: 'reject' });
  const isConnected = snapshot.status === 'connected';
  const problems = [connectionProblem(snapshot), problem].filter((one) => one !== null);

  return (
    <div className="chat">
      <header>
        <h1>
          Hub chat <small>React</small>
        </h1>
        <ConnectionStatus />
        <div className="account">
          {isMember ? (
            <>
              <span data-testid="user">{userName}</span>
              <button type="button" onClick={() => attempt(hub.logout())}>
                Log out
              </button>
            </>
          ) : (
            <button type="button" className="primary" onClick={() => attempt(auth.signIn())}>
              Log in
            </button>
          )}
        </div>
      </header>

      <Problems problems={problems} onDismiss={problem && (() => setProblem(null))} />
      <Rooms rooms={rooms} selected={room} onSelect={setRoom} />
      {/* Another room or another user is another conversation: nothing of the one before may stay. */}
      <Conversation key={`${room} ${snapshot.userId}`} room={room} title={title} isMember={isMember} onError={report} />
      <aside aria-label="People">
        <Online users={online} self={snapshot.userId} canWrite={isMember} onSelect={setReceiver} />
        {isMember && (
          <DirectMessages
            key={snapshot.userId}
            self={snapshot.userId}
            receiver={receiver}
            onReceiver={setReceiver}
            users={online}
            onError={report}
          />
        )}
      </aside>

      <section className="try" aria-labelledby="try">
        <h2 id="try">Try it</h2>
        <button type="button" aria-disabled={!isConnected} onClick={() => attempt(now.invoke('DropMyConnection'))}>
          Drop my connection
        </button>
        {isMember && (
          <button type="button" aria-disabled={!isConnected} onClick={() => attempt(now.invoke('ExpireMyToken'))}>
            Expire my token
          </button>
        )}
        <button type="button" onClick={() => attempt(restartHub())}>
          Restart the hub
        </button>
      </section>
    </div>
  );
}
