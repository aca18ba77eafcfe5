// Questions before something is done. <dialog> keeps the focus inside and gives it back; Escape
// means no. One at a time: ask() shows it wherever the page is.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

import { messageOf } from '../api/client';
import { Store, useStore } from '../store';

export interface Question {
  title: string;
  // What will happen, and to how many.
  body: ComponentChildren;
  confirm: string;
  danger?: boolean;
  // Does it; the dialog stays, with what went wrong, if that fails.
  act: () => Promise<void>;
}

const question = new Store<Question | null>(null);

export function ask(what: Question): void {
  question.set(what);
}

export function Questions(): JSX.Element | null {
  const asked = useStore(question);
  return asked === null ? null
    : <QuestionDialog question={asked} close={() => question.set(null)} />;
}

function QuestionDialog(
  { question: asked, close }: { question: Question; close: () => void },
): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const act = () => {
    setBusy(true);
    setError(null);
    asked.act().then(close, (failure: unknown) => {
      setBusy(false);
      setError(messageOf(failure));
    });
  };
  return (
    <Dialog title={asked.title} close={close}>
      <form onSubmit={(event) => {
        event.preventDefault();
        act();
      }}>
        {asked.body}
        {error !== null && <p class="error" role="alert">{error}</p>}
        <div class="buttons">
          <button type="button" onClick={close} autofocus={asked.danger === true}>Cancel</button>
          <button type="submit" class={asked.danger ? 'danger' : 'primary'} disabled={busy}>
            {busy ? 'Working …' : asked.confirm}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function Dialog(
  { title, close, children }: {
    title: string;
    close: () => void;
    children: ComponentChildren;
  },
): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onCancel={(event) => {
      event.preventDefault();
      close();
    }}>
      <h2 id={heading}>{title}</h2>
      {children}
    </dialog>
  );
}
