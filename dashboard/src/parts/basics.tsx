// The small pieces that every page is made of.
import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { State } from '../api/types';
import { useNow } from '../hooks';
import { ago, clock, fullTime, shortId } from '../logic/format';
import { troubleWord, type Trouble } from '../logic/trouble';
import { toEvent } from '../logic/router';
import { useMayAct, WHY_NOT } from '../session';

export function Loading({ what }: { what: string }): JSX.Element {
  return <p class="note" role="status">Loading {what} …</p>;
}

export function Empty({ children }: { children: ComponentChildren }): JSX.Element {
  return <p class="note">{children}</p>;
}

export function ErrorNote(
  { message, retry }: { message: string; retry?: (() => void) | undefined },
): JSX.Element {
  return (
    <div class="error" role="alert">
      <span>{message}</span>
      {retry && <button type="button" onClick={retry}>Try again</button>}
    </div>
  );
}

// What a load shows until it has something: loading, or why not. What was loaded before stays.
export function LoadState(
  { what, load }: {
    what: string;
    load: { data: unknown; error: string | null; loading: boolean; reload: () => void };
  },
): JSX.Element | null {
  if (load.error !== null) {
    return <ErrorNote message={load.error} retry={load.reload} />;
  }
  return load.data === null && load.loading ? <Loading what={what} /> : null;
}

export function Panel(
  { title, aside, children, id }: {
    title: string;
    aside?: ComponentChildren;
    children: ComponentChildren;
    id?: string;
  },
): JSX.Element {
  const heading = id ?? `panel-${title.toLowerCase().replace(/[^a-z]+/g, '-')}`;
  return (
    <section class="panel" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

export function Tile(
  { label, value, detail, tone }: {
    label: string;
    value: ComponentChildren;
    detail?: ComponentChildren;
    tone?: 'bad' | 'warn' | 'good' | undefined;
  },
): JSX.Element {
  return (
    <div class={tone === undefined ? 'tile' : `tile ${tone}`}>
      <dt>{label}</dt>
      <dd class="value">{value}</dd>
      <dd class="detail">{detail ?? '\u00a0'}</dd>
    </div>
  );
}

export function TroubleBadge({ trouble }: { trouble: Trouble }): JSX.Element {
  return <span class={`badge level-${trouble.level}`}>{troubleWord(trouble)}</span>;
}

export function StateBadge({ state }: { state: State }): JSX.Element {
  return <span class={`badge state-${state}`}>{state}</span>;
}

export function Time({ at }: { at: string | null | undefined }): JSX.Element {
  const now = useNow(60_000);
  return at == null ? <span>–</span>
    : <time dateTime={at} title={fullTime(at)}>{clock(at, now)}</time>;
}

export function Ago({ at }: { at: string | null | undefined }): JSX.Element {
  const now = useNow(1000);
  return at == null ? <span>–</span>
    : <time dateTime={at} title={fullTime(at)}>{ago(at, now)}</time>;
}

export function EventLink({ id }: { id: string }): JSX.Element {
  return <a class="mono" href={toEvent(id)} title={id}>{shortId(id)}</a>;
}

// A button that changes something. A viewer can reach it, and is told why it does nothing.
export function ActionButton(
  { children, onClick, danger, primary, busy, why, label }: {
    children: ComponentChildren;
    onClick: () => void;
    danger?: boolean;
    primary?: boolean;
    busy?: boolean;
    // Why it cannot be done now, whoever asks.
    why?: string | undefined;
    // Where the same word stands on several buttons.
    label?: string;
  },
): JSX.Element {
  const mayAct = useMayAct();
  const reason = mayAct ? why : WHY_NOT;
  const off = reason !== undefined || busy === true;
  const kind = danger ? 'danger' : primary ? 'primary' : '';
  return (
    <button
      type="button"
      class={kind}
      aria-disabled={off}
      aria-busy={busy}
      aria-label={label === undefined || reason === undefined ? label : `${label} (${reason})`}
      title={reason}
      onClick={off ? undefined : onClick}
    >
      {children}
      {reason !== undefined && <span class="unseen"> ({reason})</span>}
    </button>
  );
}

export function Copy({ text, what }: { text: string; what: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 1500);
      },
      () => setCopied(false));
  };
  return (
    <button type="button" class="quiet" onClick={copy} aria-label={`Copy ${what}`}>
      {copied ? 'Copied' : 'Copy'}
    </button>
  );
}

export function Facts(
  { items }: { items: [string, ComponentChildren][] },
): JSX.Element {
  return (
    <dl class="facts">
      {items.map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}

export function Field(
  { label, children, hint }: {
    label: string;
    children: ComponentChildren;
    hint?: string;
  },
): JSX.Element {
  return (
    <label class="field">
      <span>{label}</span>
      {children}
      {hint !== undefined && <small>{hint}</small>}
    </label>
  );
}
