import { useCallback, useInsertionEffect, useRef } from 'react';

/** One function for the whole life of the component, which calls the latest one: no need to subscribe again. */
export function useLatest<A extends unknown[]>(callback: (...args: A) => void): (...args: A) => void {
  const latest = useRef(callback);
  useInsertionEffect(() => {
    latest.current = callback;
  });
  return useCallback((...args) => latest.current(...args), []);
}
