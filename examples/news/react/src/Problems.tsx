import type { ReactNode } from 'react';
import type { Problem } from '../../../common/page/problem.ts';

interface ProblemsProps {
  problems: readonly Problem[];
  onDismiss?: (() => void) | null;
}

/** Always on the page, also while there is nothing to say: screen readers watch it for what appears. */
export function Problems({ problems, onDismiss }: ProblemsProps): ReactNode {
  return (
    <div role="alert" className="problems">
      {problems.map(({ message, remediation }, index) => (
        <p key={index}>
          <strong>{message}</strong> {remediation}
        </p>
      ))}
      {onDismiss && (
        <button type="button" onClick={onDismiss}>
          Dismiss
        </button>
      )}
    </div>
  );
}
