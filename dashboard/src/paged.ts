// A paged list for a page: the first part at once, more as it is scrolled to.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { messageOf } from './api/client';
import { readOn, type Listed, type ListPage } from './logic/paging';

export interface Paged<T> {
  data: T[] | null;
  scanned: number;
  complete: boolean;
  loading: boolean;
  error: string | null;
  more: () => void;
  reload: () => void;
}

interface State<T> {
  key: string;
  listed: Listed<T> | null;
  error: string | null;
  loading: boolean;
}

const WANTED = 200;

export function usePaged<T>(
  key: string,
  askPage: (cursor: string | null, signal: AbortSignal) => Promise<ListPage<T>>,
): Paged<T> {
  const [state, setState] = useState<State<T>>({ key, listed: null, error: null, loading: true });
  const [asked, setAsked] = useState(0);
  const ask = useRef(askPage);
  ask.current = askPage;
  // Of the list that is shown; ends with it.
  const abort = useRef(new AbortController());
  const busy = useRef(false);

  const read = useCallback((from: Listed<T> | null) => {
    const { signal } = abort.current;
    busy.current = true;
    setState((before) => ({ key, listed: from ?? before.listed, error: null, loading: true }));
    readOn(from, WANTED, (cursor) => ask.current(cursor, signal)).then(
      (listed) => {
        if (!signal.aborted) {
          busy.current = false;
          setState({ key, listed, error: null, loading: false });
        }
      },
      (failure: unknown) => {
        if (!signal.aborted) {
          busy.current = false;
          setState((before) => ({ ...before, error: messageOf(failure), loading: false }));
        }
      });
  }, [key]);

  useEffect(() => {
    abort.current = new AbortController();
    setState((before) => before.key === key ? before
      : { key, listed: null, error: null, loading: true });
    read(null);
    return () => abort.current.abort();
  }, [key, asked, read]);

  const { listed, error } = state;
  const more = useCallback(() => {
    if (!busy.current && error === null && listed !== null && !listed.complete) {
      read(listed);
    }
  }, [listed, error, read]);
  const reload = useCallback(() => setAsked((times) => times + 1), []);
  const current = state.key === key;
  return {
    data: current ? listed?.items ?? null : null,
    scanned: current ? listed?.scanned ?? 0 : 0,
    complete: current && (listed?.complete ?? false),
    loading: !current || state.loading,
    error: current ? error : null,
    more,
    reload,
  };
}
