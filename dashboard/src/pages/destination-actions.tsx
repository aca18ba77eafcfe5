// Pause, resume and test of a destination.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { messageOf } from '../api/client';
import { pauseDestination, resumeDestination, testDestination } from '../api/operations';
import type { Destination, Trial } from '../api/types';
import { feed } from '../live/live';
import { count, duration, plural } from '../logic/format';
import { ActionButton, Field } from '../parts/basics';
import { ask } from '../parts/dialog';
import { told } from '../parts/toasts';

export type TestResult = { trial: Trial } | { error: string };

export function DestinationActions(
  { destination, onTested }: {
    destination: Destination;
    onTested: (result: TestResult) => void;
  },
): JSX.Element {
  const [testing, setTesting] = useState(false);
  const { name } = destination;
  const test = () => {
    setTesting(true);
    testDestination(name)
      .then((trial) => onTested({ trial }), (failure: unknown) =>
        onTested({ error: messageOf(failure) }))
      .finally(() => setTesting(false));
  };
  const gone = destination.orphaned ? 'It is not configured any more' : undefined;
  return (
    <div class="buttons">
      <ActionButton onClick={test} busy={testing} why={gone}>
        {testing ? 'Testing …' : 'Test'}
      </ActionButton>
      {destination.state === 'paused'
        ? <ActionButton primary onClick={() => askToResume(destination)}>Resume</ActionButton>
        : <ActionButton onClick={() => askToPause(destination)}>Pause</ActionButton>}
    </div>
  );
}

function askToPause({ name, deliveries, in_flight: inFlight }: Destination): void {
  const reason = { text: '' };
  ask({
    title: `Pause ${name}?`,
    body: (
      <>
        <p>
          Nothing is attempted to it until it is resumed.{' '}
          {plural(deliveries.pending, 'delivery waits', 'deliveries wait')} and
          {' '}{count(inFlight)} {inFlight === 1 ? 'is' : 'are'} under way. All are kept, and their
          give-up clocks stand still.
        </p>
        <Field label="Reason" hint="Shown to whoever looks next, such as: moves house, ticket 17">
          <input type="text" name="reason" maxLength={200} autofocus
            onInput={(event) => {
              reason.text = event.currentTarget.value;
            }} />
        </Field>
      </>
    ),
    confirm: 'Pause',
    act: async () => {
      await pauseDestination(name, reason.text.trim());
      feed.refresh();
      told(`${name} is paused.`);
    },
  });
}

function askToResume({ name, deliveries, pause_reason: why }: Destination): void {
  ask({
    title: `Resume ${name}?`,
    body: (
      <p>
        {plural(deliveries.pending, 'delivery that waits goes', 'deliveries that wait go')} out at
        the pace it can take.{why === null ? '' : ` It was paused for: ${why}.`}
      </p>
    ),
    confirm: 'Resume',
    act: async () => {
      await resumeDestination(name);
      feed.refresh();
      told(`${name} is running.`);
    },
  });
}

const FAILURES: Record<NonNullable<Trial['failure']>, string> = {
  ours: 'A limit of this node was reached',
  dns: 'Its name has no address',
  egress: 'Its address may not be sent to (egress)',
  connect: 'No connection came about',
  tls: 'TLS failed',
  timeout: 'It did not answer in time',
  exchange: 'What it answered is no HTTP, or it broke off',
};

export function TestResultNote(
  { result, close }: { result: TestResult; close: () => void },
): JSX.Element {
  const closing = (
    <button type="button" class="quiet" aria-label="Dismiss the test's result" onClick={close}>
      ×
    </button>
  );
  if ('error' in result) {
    return (
      <div class="error" role="alert">
        <span>The test was not made: {result.error}</span>{closing}
      </div>
    );
  }
  const { trial } = result;
  const where = trial.address === null ? '' : ` at ${trial.address}`;
  return (
    <div class={trial.delivered ? 'result good' : 'result bad'} role="status">
      <div>
        <b>
          {trial.delivered ? `The test arrived: ${trial.status}`
            : trial.failure === null ? `It answered the test with ${trial.status}`
              : FAILURES[trial.failure]}
        </b>
        {' '}after {duration(trial.took_seconds)}{where}.
        {trial.message !== null && <p>{trial.message}</p>}
        {trial.response_excerpt != null && <pre class="excerpt">{trial.response_excerpt}</pre>}
      </div>
      {closing}
    </div>
  );
}
