import type { HubQuery } from '@org/hub-react';
import type { ReactNode } from 'react';
import { healsItself, problemOf } from '../../../common/page/problem.ts';

/** What there is to say of a query while its data is not there, or out of date. */
export function QueryState({ of: query, what }: { of: HubQuery<unknown>; what: string }): ReactNode {
  if (query.status === 'error' && !healsItself(query.error)) {
    const { message, remediation } = problemOf(query.error);
    return (
      <div role="alert" className="problems">
        <p>
          <strong>{message}</strong> {remediation}
        </p>
        <button type="button" onClick={query.reload}>
          Load {what} again
        </button>
      </div>
    );
  }
  return query.status === 'success' ? null : <p className="hint">Loading {what} …</p>;
}
