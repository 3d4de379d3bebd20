import type { ReactNode } from 'react';
import type { OnlineUser } from '../../contract.ts';
import { toneOf } from '../../shared/messages.ts';
import { useHubSnapshot } from './hub.ts';

interface OnlineProps {
  users: readonly OnlineUser[];
  self: string | null;
  canWrite: boolean;
  onSelect: (user: OnlineUser) => void;
}

export function Online({ users, self, canWrite, onSelect }: OnlineProps): ReactNode {
  const isConnected = useHubSnapshot(({ status }) => status === 'connected');
  return (
    <section aria-labelledby="online">
      <h2 id="online">Online</h2>
      <ul className="online" aria-label="Online">
        {users.map((user) => (
          <li key={user.userId}>
            <span className="avatar" data-tone={toneOf(user.name)} aria-hidden="true">
              {user.name[0]}
            </span>
            {canWrite && user.userId !== self ? (
              <button type="button" title={`Write to ${user.name}`} onClick={() => onSelect(user)}>
                {user.name}
              </button>
            ) : (
              <span>{user.userId === self ? `${user.name} (you)` : user.name}</span>
            )}
          </li>
        ))}
      </ul>
      {isConnected && users.length === 0 && <p className="hint">Nobody is logged in.</p>}
    </section>
  );
}
