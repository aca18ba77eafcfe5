// The attempts of a delivery, one after another.
import type { JSX } from 'preact';

import type { Attempt, Outcome } from '../api/types';
import { duration } from '../logic/format';
import { Empty, Time } from './basics';

const MEANING: Record<Outcome, string> = {
  delivered: 'It was answered with 2xx',
  rejected: 'The destination said no for good',
  deferred: 'It failed, and is tried again',
  unknown: 'It may have arrived',
};

export function OutcomeBadge({ outcome }: { outcome: Outcome }): JSX.Element {
  return <span class={`badge outcome-${outcome}`} title={MEANING[outcome]}>{outcome}</span>;
}

export function Timeline({ attempts }: { attempts: Attempt[] }): JSX.Element {
  if (attempts.length === 0) {
    return <Empty>No attempt has been made, or those that were are forgotten.</Empty>;
  }
  return (
    <ol class="timeline">
      {attempts.map((attempt) => (
        <li key={`${attempt.generation}.${attempt.number}`} class={`outcome-${attempt.outcome}`}>
          <p>
            <span class="faint">{attempt.generation}.{attempt.number}</span>{' '}
            <Time at={attempt.started} /> <OutcomeBadge outcome={attempt.outcome} />{' '}
            {attempt.status !== null && <b>{attempt.status}</b>} after{' '}
            {duration(attempt.took_seconds)}
            {attempt.error !== null && <span class="failure"> {attempt.error}</span>}
          </p>
          {attempt.response_excerpt != null && (
            <pre class="excerpt">{attempt.response_excerpt}</pre>
          )}
        </li>
      ))}
    </ol>
  );
}
