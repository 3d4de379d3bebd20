import { useEffect, useState } from 'react';
import { type Auth, signedInName } from '../../shared/open-chat.ts';
import { useHubSnapshot } from './hub.ts';

/** The signed-in user's name; null for a visitor. */
export function useUserName(auth: Auth): string | null {
  const status = useHubSnapshot((snapshot) => snapshot.auth);
  const userId = useHubSnapshot((snapshot) => snapshot.userId);
  const [name, setName] = useState<string | null>(null);
  useEffect(() => {
    let current = true;
    void signedInName(auth).then((found) => current && setName(found));
    return () => {
      current = false;
    };
  }, [auth, status, userId]);
  return status === 'anonymous' || status === 'signed-out' ? null : name;
}
