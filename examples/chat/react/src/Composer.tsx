import { type FormEvent, type ReactNode, useId, useState } from 'react';

interface ComposerProps {
  label: string;
  action: string;
  onSend: (text: string) => Promise<void>;
  onError: (thrown: unknown) => void;
}

/** One line of text. It stays in the field when it could not be sent. */
export function Composer({ label, action, onSend, onError }: ComposerProps): ReactNode {
  const id = useId();
  const [text, setText] = useState('');

  const send = (event: FormEvent): void => {
    event.preventDefault();
    const sent = text.trim();
    if (sent === '') return;
    setText('');
    onSend(sent).catch((error: unknown) => {
      setText((typed) => typed || sent);
      onError(error);
    });
  };

  return (
    <form className="composer" onSubmit={send}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        value={text}
        onChange={(event) => setText(event.target.value)}
        autoComplete="off"
        maxLength={500}
      />
      <button className="primary">{action}</button>
    </form>
  );
}
