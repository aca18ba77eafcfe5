// Who is signed in, and what he may do.
import { ApiError, messageOf, onSignedOut } from './api/client';
import { beginSession, endSession, getSession } from './api/operations';
import type { Session } from './api/types';
import { feed } from './live/live';
import { Store, useStore } from './store';

export type SessionState =
  | { kind: 'asking' }
  | { kind: 'signed_in'; session: Session }
  | { kind: 'signed_out'; ended: boolean }
  | { kind: 'unreachable'; message: string };

export const sessionState = new Store<SessionState>({ kind: 'asking' });

onSignedOut(() => {
  if (sessionState.get().kind === 'signed_in') {
    signedOut(true);
  }
});

// Nobody looks: a browser keeps six connections to a node for all its tabs, and a stream is one.
document.addEventListener('visibilitychange', () => {
  if (sessionState.get().kind !== 'signed_in') {
    return;
  }
  if (document.visibilityState === 'hidden') {
    feed.stop();
  } else {
    feed.start();
  }
});

function signedIn(session: Session): void {
  sessionState.set({ kind: 'signed_in', session });
  feed.start();
}

function signedOut(ended: boolean): void {
  feed.stop();
  sessionState.set({ kind: 'signed_out', ended });
}

export async function findSession(): Promise<void> {
  try {
    signedIn(await getSession());
  } catch (failure) {
    if (failure instanceof ApiError && failure.status === 401) {
      signedOut(false);
    } else {
      sessionState.set({ kind: 'unreachable', message: messageOf(failure) });
    }
  }
}

export async function signIn(token: string): Promise<void> {
  signedIn(await beginSession(token));
}

export async function signOut(): Promise<void> {
  await endSession();
  signedOut(false);
}

export function useSession(): Session | null {
  const state = useStore(sessionState);
  return state.kind === 'signed_in' ? state.session : null;
}

export function useMayAct(): boolean {
  return useSession()?.role === 'operator';
}

export const WHY_NOT = 'You are signed in as a viewer. This takes the role operator.';
