import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { problemOf } from '../../../common/page/problem.ts';

interface ComposerProps {
  label: string;
  action: string;
  maxLength: number;
  /** Why the last one was refused. */
  error: Error | null;
  onSend: (text: string) => Promise<unknown>;
}

/** One line of text. It stays in the field when it could not be sent. */
export function Composer({ label, action, maxLength, error, onSend }: ComposerProps): ReactNode {
  const id = useId();
  const [text, setText] = useState('');

  const send = (event: FormEvent): void => {
    event.preventDefault();
    const sent = text.trim();
    if (sent === '') return;
    setText('');
    // Why it failed is in `error`.
    onSend(sent).catch(() => setText((typed) => typed || sent));
  };

  return (
    <form className="composer" onSubmit={send}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        value={text}
        onChange={(event) => setText(event.target.value)}
        autoComplete="off"
        maxLength={maxLength}
        aria-describedby={`${id}-error`}
      />
      <button className="primary">{action}</button>
      <p id={`${id}-error`} role="alert" className="refusal">
        {error && `${problemOf(error).message} ${problemOf(error).remediation}`}
      </p>
    </form>
  );
}
