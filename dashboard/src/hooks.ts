// What pages share: where the reader is, what time it is, and asking the API.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { messageOf } from './api/client';
import { parseHash, type Place } from './logic/router';

export function usePlace(): Place {
  const [place, setPlace] = useState(() => parseHash(location.hash));
  useEffect(() => {
    const moved = () => setPlace(parseHash(location.hash));
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return place;
}

// The present, renewed every so often.
export function useNow(everyMs = 1000): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

export interface Loaded<T> {
  // Stays while it is asked for anew.
  data: T | null;
  error: string | null;
  status: number | null;
  loading: boolean;
  reload: () => void;
}

// Asks when `key` changes, and again every `everyMs` while the page can be seen.
export function useLoad<T>(
  key: string, load: (signal: AbortSignal) => Promise<T>, everyMs?: number,
): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'> & { key: string }>(
    { key, data: null, error: null, status: null, loading: true });
  const [asked, setAsked] = useState(0);
  const loader = useRef(load);
  loader.current = load;
  useEffect(() => {
    const abort = new AbortController();
    const ask = () => {
      loader.current(abort.signal).then(
        (data) => setState({ key, data, error: null, status: null, loading: false }),
        (failure: unknown) => {
          if (!abort.signal.aborted) {
            const status = (failure as { status?: number }).status ?? null;
            setState((before) => ({
              key,
              data: before.key === key ? before.data : null,
              error: messageOf(failure),
              status,
              loading: false,
            }));
          }
        });
    };
    setState((before) => ({ ...before, key, loading: true }));
    ask();
    const timer = everyMs === undefined ? undefined : setInterval(() => {
      if (document.visibilityState === 'visible') {
        ask();
      }
    }, everyMs);
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [key, asked, everyMs]);
  const reload = useCallback(() => setAsked((times) => times + 1), []);
  const current = state.key === key;
  return {
    data: current ? state.data : null,
    error: current ? state.error : null,
    status: current ? state.status : null,
    loading: current ? state.loading : true,
    reload,
  };
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Spillway`;
  }, [title]);
}
