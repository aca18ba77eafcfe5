// One destination: how it is, why, and what can be done about it.
import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';

import { getHistory } from '../api/operations';
import type { Destination } from '../api/types';
import { useLoad, useTitle } from '../hooks';
import { destinations, feedState, summary, tracker } from '../live/live';
import { brief, count, duration, perSecond, percent } from '../logic/format';
import { Series } from '../logic/series';
import { drainedIn, type Trend } from '../logic/track';
import {
  answerText, LAG_WITHIN_SECONDS, troubleOf, type Cause, type Trouble,
} from '../logic/trouble';
import { Ago, Empty, ErrorNote, Loading, Tile, Time, TroubleBadge } from '../parts/basics';
import { ageTone, HistoryCharts } from '../parts/history';
import { useStore } from '../store';
import { DestinationActions, type TestResult, TestResultNote } from './destination-actions';
import { RecentAttempts, RecentDead, WaitingDeliveries } from './destination-deliveries';

const HISTORY_MS = 30_000;

export function DestinationPage({ name }: { name: string }): JSX.Element {
  useTitle(name);
  const known = useStore(destinations);
  const { error } = useStore(feedState);
  const asOf = useStore(summary)?.as_of;
  const destination = known?.find((one) => one.name === name);
  const [tested, setTested] = useState<TestResult | null>(null);
  if (known === null) {
    return error === null ? <Loading what={name} /> : <ErrorNote message={error} />;
  }
  if (destination === undefined) {
    return (
      <>
        <h1>{name}</h1>
        <Empty>
          This node has no destination of that name, and no delivery to it.{' '}
          <a href="#/">See those there are</a>
        </Empty>
      </>
    );
  }
  const trend = tracker.trend(name);
  const age = destination.oldest_pending_seconds;
  // By the node's clock.
  const now = asOf === undefined ? Date.now() : new Date(asOf).getTime();
  const oldest = age === null ? null : new Date(now - age * 1000);
  const trouble = troubleOf(destination, trend);
  return (
    <>
      <header class="page">
        <div>
          <h1>{name} <TroubleBadge trouble={trouble} /></h1>
          <p class="faint mono">{destination.url ?? 'not configured any more'}</p>
        </div>
        <DestinationActions destination={destination} onTested={setTested} />
      </header>
      <Reasons trouble={trouble} destination={destination} />
      {tested !== null && <TestResultNote result={tested} close={() => setTested(null)} />}
      <DestinationTiles destination={destination} trend={trend} />
      <DestinationCharts destination={destination} />
      <div class="columns">
        <WaitingDeliveries name={name} pending={destination.deliveries.pending} oldest={oldest} />
        <RecentDead name={name} dead={destination.deliveries.dead} />
      </div>
      <RecentAttempts name={name} />
    </>
  );
}

// What the playbook says to each cause (docs/operations.md), in a line.
const ADVICE: Record<Cause, string> = {
  breaker_open:
    'Test it to see where it ends. Nothing is lost: when it is back, a probe finds out within ' +
    '10 s and all that waits goes out. Gone for days? Pause it, so that nothing is given up on.',
  stalled: 'Something waits and nothing is delivered. Test it to see where it ends.',
  orphaned:
    'Configure it again under the same name and reload: what waits goes on where it stopped.',
  old: 'One old event among others that arrive is one that it does not take: see its attempts.',
  over_objective: 'It is slower than its traffic, failing, or catching up after an outage.',
  dead_growing: 'Mend the cause first; then replay the dead letters at a pace it can take.',
  paused_waiting:
    'What waits is kept, and its give-up clocks stand still. Resume it when it is time.',
  paused: 'Nothing is sent to it until it is resumed.',
  lag_budget: 'Too many of its deliveries came late.',
  dead: 'They are kept until they are replayed, dropped, or past their retention.',
};

function Reasons(
  { trouble, destination }: { trouble: Trouble; destination: Destination },
): JSX.Element | null {
  if (trouble.reasons.length === 0) {
    return null;
  }
  return (
    <ul class="reasons" aria-label="What is the matter">
      {trouble.reasons.map((reason) => (
        <li key={reason.cause} class={`reason level-${reason.level}`}>
          <p>
            <b>{capital(reason.text)}</b>
            {reason.since !== null &&
              <>, since <Time at={reason.since} /> (<Ago at={reason.since} />)</>}
            {reason.cause === 'breaker_open' && destination.probe_at != null &&
              <>. Next probe at <Time at={destination.probe_at} /></>}
          </p>
          <p class="faint">{ADVICE[reason.cause]}</p>
        </li>
      ))}
    </ul>
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const BREAKER = { closed: 'closed', half_open: 'probing', open: 'open' } as const;

function DestinationTiles(
  { destination, trend }: { destination: Destination; trend: Trend },
): JSX.Element {
  const { deliveries: books, delivery_lag: lag, last_failure: failure } = destination;
  const within = destination.lag_within_seconds ?? LAG_WITHIN_SECONDS;
  const drained = drainedIn(books.pending, trend);
  const limit = destination.concurrency_limit;
  const share = destination.lag_total
    ? (destination.lag_within ?? 0) / destination.lag_total : null;
  return (
    <dl class="tiles">
      <Tile label="Pending" value={brief(books.pending)}
        detail={drained === null ? undefined : `drained in about ${duration(drained)}`} />
      <Tile label="Oldest pending" value={duration(destination.oldest_pending_seconds)}
        detail={`objective ${duration(within)}`}
        tone={ageTone(destination.oldest_pending_seconds, within)} />
      <Tile label="Delivered" value={brief(books.delivered)}
        detail={perSecond(trend.deliveredPerSecond)} />
      <Tile label="Dead" value={brief(books.dead)} tone={books.dead > 0 ? 'warn' : undefined}
        detail={trend.deadGrown > 0 ? `${count(trend.deadGrown)} of late` : undefined} />
      {lag != null && (
        <Tile label="Lag p50 / p99"
          value={`${duration(lag.p50_seconds)} / ${duration(lag.p99_seconds)}`}
          detail={share === null ? undefined
            : `${percent(share)} in ${duration(within)}, objective ` +
              percent(destination.lag_objective)} />
      )}
      <Tile label="In flight" value={count(destination.in_flight)}
        detail={limit == null ? undefined
          : `limit ${count(limit)} of ${count(destination.max_in_flight)}`} />
      {destination.breaker != null && (
        <Tile label="Breaker" value={BREAKER[destination.breaker]}
          tone={destination.breaker === 'closed' ? 'good' : 'bad'}
          detail={destination.failing_since == null ? undefined
            : <>since <Time at={destination.failing_since} /></>} />
      )}
      {destination.last_delivered != null && (
        <Tile label="Last delivered" value={<Ago at={destination.last_delivered} />} />
      )}
      {failure != null && (
        <Tile label="Last failure" value={<Time at={failure.at} />}
          detail={answerText(failure)} />
      )}
    </dl>
  );
}

function DestinationCharts({ destination }: { destination: Destination }): JSX.Element {
  const series = useRef(new Series()).current;
  const { name } = destination;
  const loaded = useLoad(`history ${name}`, async (signal) => {
    series.setHistory(await getHistory(name, signal));
    return true;
  }, HISTORY_MS);
  const asOf = useStore(summary)?.as_of ?? null;
  const seen = useRef<Destination | null>(null);
  const samples = useMemo(() => {
    if (seen.current !== destination) {
      seen.current = destination;
      series.add({
        at: Date.now() / 1000,
        deliveries: destination.deliveries,
        oldest: destination.oldest_pending_seconds,
      });
    }
    return series.samples();
    // Anew with each snapshot and each history.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [series, destination, asOf, loaded.data, loaded.loading]);
  return (
    <>
      {loaded.status === 404 && (
        <p class="note">{loaded.error} The lines begin when this page was opened.</p>
      )}
      <HistoryCharts samples={samples} />
    </>
  );
}
