import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { ApiError, messageOf } from '../api/client';
import { useTitle } from '../hooks';
import { duration } from '../logic/format';
import { Field } from '../parts/basics';
import { signIn } from '../session';

export function SignInPage({ ended }: { ended: boolean }): JSX.Element {
  useTitle('Sign in');
  const [token, setToken] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = () => {
    setBusy(true);
    setError(null);
    signIn(token.trim()).catch((failure: unknown) => {
      setBusy(false);
      const wait = failure instanceof ApiError && failure.status === 429
        ? failure.retryAfterSeconds : null;
      setError(messageOf(failure) + (wait === null ? '' : ` Wait for ${duration(wait)}.`));
    });
  };
  return (
    <main class="centred">
      <form class="card" onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}>
        <h1>Spillway</h1>
        {ended && <p class="note banner" role="status">The session is over. Sign in again.</p>}
        <Field label="Token" hint="One of listen.admin.tokens in the node's configuration">
          <input
            type="password"
            name="token"
            autocomplete="current-password"
            required
            autofocus
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </Field>
        {error !== null && <p class="error" role="alert">{error}</p>}
        <button type="submit" class="primary" disabled={busy || token.trim() === ''}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}
