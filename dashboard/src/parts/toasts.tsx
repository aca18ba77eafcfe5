// What came of something that was done: said for a while, and to screen readers.
import type { JSX } from 'preact';

import { messageOf } from '../api/client';
import { Store, useStore } from '../store';

interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'bad';
}

const SHOWN_MS = 6_000;
const SHOWN_MAX = 4;

const toasts = new Store<Toast[]>([]);
let last = 0;

function show(text: string, tone: Toast['tone'], forMs: number): void {
  last += 1;
  const id = last;
  toasts.set([...toasts.get(), { id, text, tone }].slice(-SHOWN_MAX));
  setTimeout(() => dismiss(id), forMs);
}

function dismiss(id: number): void {
  toasts.set(toasts.get().filter((toast) => toast.id !== id));
}

export function told(text: string): void {
  show(text, 'good', SHOWN_MS);
}

export function failed(failure: unknown): void {
  show(messageOf(failure), 'bad', SHOWN_MS * 2);
}

export function Toasts(): JSX.Element {
  const shown = useStore(toasts);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, tone }) => (
        <div key={id} class={`toast ${tone}`}>
          <span>{text}</span>
          <button type="button" class="quiet" aria-label="Dismiss" onClick={() => dismiss(id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}
