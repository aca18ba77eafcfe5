// Replay or drop of many: first how many, then at which rate, then the job. Those that were
// selected go by name, at once.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { messageOf } from '../api/client';
import { beginDeadJob, countDead, orderDead, type BulkKind } from '../api/operations';
import type { DeliveryFilter, DeliveryName, Refused } from '../api/types';
import { useLoad } from '../hooks';
import { feed } from '../live/live';
import { count, plural } from '../logic/format';
import { begunWords, together } from '../logic/nodes';
import { toJob } from '../logic/router';
import { filterWords } from '../logic/search';
import { inParts } from '../logic/selection';
import { Counted, RateField, rateOf } from '../parts/counted';
import { Dialog } from '../parts/dialog';
import { told } from '../parts/toasts';

export type BulkOrder =
  | { kind: BulkKind; filter: DeliveryFilter }
  | { kind: BulkKind; deliveries: DeliveryName[] };

interface BulkProps {
  order: BulkOrder;
  close: () => void;
  done: () => void;
}

export function BulkDialog({ order, close, done }: BulkProps): JSX.Element {
  return 'filter' in order
    ? <ByFilter kind={order.kind} filter={order.filter} close={close} done={done} />
    : <ByName kind={order.kind} deliveries={order.deliveries} close={close} done={done} />;
}

const WHAT: Record<BulkKind, string> = {
  replay: 'They are sent again, to where they were meant to go; those without a route go where ' +
    'today’s routes send them.',
  drop: 'They become purged. Nobody can send them again: this cannot be undone.',
};

function ByFilter(
  { kind, filter, close, done }: {
    kind: BulkKind; filter: DeliveryFilter; close: () => void; done: () => void;
  },
): JSX.Element {
  const counted = useLoad(`count ${kind} ${JSON.stringify(filter)}`, () => countDead(kind, filter));
  const [rate, setRate] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const begin = () => {
    setBusy(true);
    setError(null);
    beginDeadJob(kind, filter, rateOf(rate)).then(
      (job) => {
        done();
        feed.refresh();
        told(begunWords(job));
        location.hash = toJob(job.id);
      },
      (failure: unknown) => {
        setBusy(false);
        setError(messageOf(failure));
      });
  };
  const matched = counted.data === null ? 0 : together(counted.data).matched;
  const verb = kind === 'replay' ? 'Replay' : 'Drop';
  return (
    <Dialog title={`${verb} all that match?`} close={close}>
      <form onSubmit={(event) => {
        event.preventDefault();
        begin();
      }}>
        <p class="faint">Filter: {filterWords({ state: 'dead', ...filter })}</p>
        <Counted counted={counted} one="delivery" many="deliveries" />
        <p>{WHAT[kind]} A job does it; it goes on after a restart and can be cancelled.</p>
        <RateField rate={rate} setRate={setRate} what="Deliveries" />
        {error !== null && <p class="error" role="alert">{error}</p>}
        <div class="buttons">
          <button type="button" onClick={close}>Cancel</button>
          <button type="submit" class={kind === 'drop' ? 'danger' : 'primary'}
            disabled={busy || counted.data === null || matched === 0}>
            {matched === 0 ? verb : `${verb} ${count(matched)}`}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function ByName(
  { kind, deliveries, close, done }: {
    kind: BulkKind; deliveries: DeliveryName[]; close: () => void; done: () => void;
  },
): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [refused, setRefused] = useState<Refused[] | null>(null);
  const verb = kind === 'replay' ? 'Replay' : 'Drop';
  const begin = async () => {
    let changed = 0;
    const not: Refused[] = [];
    for (const part of inParts(deliveries)) {
      const result = await orderDead(kind, part);
      changed += result.reopened ?? result.dropped ?? 0;
      not.push(...result.refused);
    }
    told(`${plural(changed, 'delivery', 'deliveries')} ` +
      (kind === 'replay' ? 'opened again.' : 'dropped.'));
    feed.refresh();
    if (not.length === 0) {
      done();
    } else {
      setRefused(not);
    }
  };
  const submit = () => {
    setBusy(true);
    setError(null);
    begin().catch((failure: unknown) => setError(messageOf(failure))).finally(() => setBusy(false));
  };
  if (refused !== null) {
    return (
      <Dialog title={`${plural(refused.length, 'delivery was', 'deliveries were')} left alone`}
        close={done}>
        <ul class="refused">
          {refused.slice(0, 100).map((each) => (
            <li key={`${each.event_id} ${each.destination}`}>
              <span class="mono">{each.event_id}</span> to {each.destination}: {each.why}
            </li>
          ))}
        </ul>
        <div class="buttons">
          <button type="button" class="primary" onClick={done}>Close</button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={`${verb} ${plural(deliveries.length, 'delivery', 'deliveries')}?`} close={close}>
      <form onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}>
        <p>{WHAT[kind]}</p>
        {error !== null && <p class="error" role="alert">{error}</p>}
        <div class="buttons">
          <button type="button" onClick={close}>Cancel</button>
          <button type="submit" class={kind === 'drop' ? 'danger' : 'primary'} disabled={busy}>
            {busy ? 'Working …' : `${verb} ${count(deliveries.length)}`}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
