// Erasing what a person asks to be forgotten: by key or by a value in the body, after a dry run.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { beginPurge, countPurge } from '../api/operations';
import type { DryRun, EventFilter } from '../api/types';
import { messageOf } from '../api/client';
import { useTitle } from '../hooks';
import { count, plural } from '../logic/format';
import { begunWords, together } from '../logic/nodes';
import { toJob } from '../logic/router';
import { purgeFilterOf, type PurgeBy, type PurgeDraft } from '../logic/search';
import { ActionButton, Field, Panel } from '../parts/basics';
import { RateField, rateOf, SilentNodes } from '../parts/counted';
import { ask } from '../parts/dialog';
import { told } from '../parts/toasts';

const BY: [PurgeBy, string][] = [
  ['idempotency_key', 'Idempotency key'],
  ['ordering_key', 'Ordering key'],
  ['json', 'A value in the body'],
];

type Count =
  | { kind: 'no' } | { kind: 'counting' } | { kind: 'failed'; error: string }
  | { kind: 'counted'; filter: EventFilter; dryRun: DryRun };

export function PurgePage({ query }: { query: URLSearchParams }): JSX.Element {
  useTitle('Erase');
  const [draft, setDraft] = useState<PurgeDraft>({
    by: query.get('ordering_key') === null ? 'idempotency_key' : 'ordering_key',
    source: query.get('source') ?? '',
    key: query.get('ordering_key') ?? query.get('idempotency_key') ?? '',
    pointer: '',
    value: '',
  });
  const [rate, setRate] = useState('');
  const [counted, setCounted] = useState<Count>({ kind: 'no' });
  const change = (part: Partial<PurgeDraft>) => {
    setDraft({ ...draft, ...part });
    setCounted({ kind: 'no' });
  };
  const wanted = purgeFilterOf(draft);
  const countFirst = () => {
    if ('missing' in wanted) {
      return;
    }
    setCounted({ kind: 'counting' });
    countPurge(wanted.filter).then(
      (dryRun) => setCounted({ kind: 'counted', filter: wanted.filter, dryRun }),
      (failure: unknown) => setCounted({ kind: 'failed', error: messageOf(failure) }));
  };
  return (
    <>
      <h1>Erase</h1>
      <p class="lead">
        Ends every delivery of the events as purged, whatever its state, also those that wait, and
        erases their bodies, kept headers and what destinations answered. Their idempotency keys
        stay known, so that a repeat is a duplicate. It cannot be undone.
      </p>
      <Panel title="Which events">
        <form class="search" onSubmit={(event) => {
          event.preventDefault();
          countFirst();
        }}>
          <PurgeFields draft={draft} change={change} />
          <RateField rate={rate} setRate={setRate} what="Events" />
          <div class="buttons">
            <ActionButton primary onClick={countFirst} busy={counted.kind === 'counting'}
              why={'missing' in wanted ? wanted.missing : undefined}>
              {counted.kind === 'counting' ? 'Counting …' : 'Count what matches'}
            </ActionButton>
          </div>
        </form>
        {counted.kind === 'failed' && <p class="error" role="alert">{counted.error}</p>}
        {counted.kind === 'counted' && (
          <CountedPurge filter={counted.filter} dryRun={counted.dryRun} rate={rateOf(rate)} />
        )}
      </Panel>
    </>
  );
}

function PurgeFields(
  { draft, change }: { draft: PurgeDraft; change: (part: Partial<PurgeDraft>) => void },
): JSX.Element {
  return (
    <>
      <Field label="By">
        <select value={draft.by} onChange={(event) =>
          change({ by: event.currentTarget.value as PurgeBy })}>
          {BY.map(([by, word]) => <option key={by} value={by}>{word}</option>)}
        </select>
      </Field>
      {draft.by === 'json'
        ? (
          <>
            <Field label="JSON Pointer">
              <input type="text" class="mono" placeholder="/customer/phone" value={draft.pointer}
                onInput={(event) => change({ pointer: event.currentTarget.value })} />
            </Field>
            <Field label="Value" hint="Compared as text; numbers as they are written">
              <input type="text" autocomplete="off" value={draft.value}
                onInput={(event) => change({ value: event.currentTarget.value })} />
            </Field>
          </>
        )
        : (
          <Field label={draft.by === 'ordering_key' ? 'Ordering key' : 'Idempotency key'}>
            <input type="text" autocomplete="off" value={draft.key}
              onInput={(event) => change({ key: event.currentTarget.value })} />
          </Field>
        )}
      <Field label={draft.by === 'idempotency_key' ? 'Source' : 'Source (or of all)'}>
        <input type="text" value={draft.source}
          onInput={(event) => change({ source: event.currentTarget.value })} />
      </Field>
    </>
  );
}

function CountedPurge(
  { filter, dryRun, rate }: { filter: EventFilter; dryRun: DryRun; rate: number | null },
): JSX.Element {
  const { matched, examined, complete, silent } = together(dryRun);
  const events = `${complete ? '' : 'at least '}${plural(matched, 'event')}`;
  const begin = () => ask({
    title: `Erase ${events}?`,
    body: (
      <p>
        A job erases them{rate === null ? '' : `, ${count(rate)} a second`}, for good. What waits of
        them is not sent any more.
      </p>
    ),
    confirm: `Erase ${count(matched)}`,
    danger: true,
    act: async () => {
      const job = await beginPurge(filter, rate);
      told(begunWords(job));
      location.hash = toJob(job.id);
    },
  });
  return (
    <div class="result" role="status">
      <div>
        <b>{events}</b> {matched === 1 ? 'matches' : 'match'}, of {count(examined)} looked
        at.{complete ? '' : ' The count was cut short after 5 s.'}
        <SilentNodes silent={silent} />
      </div>
      <ActionButton danger onClick={begin} why={matched === 0 ? 'Nothing matches' : undefined}>
        Erase …
      </ActionButton>
    </div>
  );
}
