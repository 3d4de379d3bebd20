import type { JSX, ReactNode } from 'react';

/** The package gives its sources for types, and they do not pass the strict checks here. */
export function createSignalRContext(): {
  Provider(props: { url: string; children: ReactNode }): JSX.Element;
  useSignalREffect(event: string, callback: (number: number) => void, dependencies: readonly unknown[]): void;
};
