// Which destination is in trouble, since when, why, how much waits and how old it is.
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import { getHistory } from '../api/operations';
import type { Destination, Summary } from '../api/types';
import { useLoad, useNow, useTitle } from '../hooks';
import { destinations, feedState, summary, totals, tracker } from '../live/live';
import { brief, bytes, clock, count, duration, perSecond, percent, plural } from '../logic/format';
import { toDestination } from '../logic/router';
import type { Series } from '../logic/series';
import { drainedIn } from '../logic/track';
import {
  byTrouble, LAG_WITHIN_SECONDS, needsSomebody, troubleOf, type Ranked,
} from '../logic/trouble';
import {
  Ago, Empty, ErrorNote, Loading, Panel, Tile, Time, TroubleBadge,
} from '../parts/basics';
import { ageTone, HistoryCharts } from '../parts/history';
import { Sparkline } from '../parts/sparkline';
import { Table, type Column } from '../parts/table';
import { useStore } from '../store';
import { Nodes } from './nodes';

const HISTORY_MS = 30_000;

export function OverviewPage({ query }: { query: URLSearchParams }): JSX.Element {
  useTitle('Overview');
  const node = useStore(summary);
  const known = useStore(destinations);
  const { error } = useStore(feedState);
  const ranked = useMemo(() => rank(known ?? []), [known]);
  return (
    <>
      <h1 class="unseen">Overview</h1>
      {node === null && error !== null && <ErrorNote message={error} />}
      {node === null && error === null && <Loading what="the node's books" />}
      {known !== null && <Verdict ranked={ranked} node={node} />}
      {node !== null && <Tiles node={node} known={known ?? []} />}
      {known !== null && <Destinations ranked={ranked} wanted={query.get('q') ?? ''} />}
      {node !== null && <TotalCharts series={totals} />}
      <Nodes />
    </>
  );
}

function rank(known: Destination[]): Ranked[] {
  const now = new Date();
  return known
    .map((destination) => {
      const trend = tracker.trend(destination.name);
      return { destination, trend, trouble: troubleOf(destination, trend, now) };
    })
    .sort(byTrouble);
}

// The first thing to read.
function Verdict({ ranked, node }: { ranked: Ranked[]; node: Summary | null }): JSX.Element {
  const { liveness, heardAt } = useStore(feedState);
  const stale = liveness === 'stale';
  const troubled = ranked.filter(({ trouble }) => needsSomebody(trouble.level));
  const paused = ranked.filter(({ trouble }) => trouble.level === 'paused');
  const also = paused.length === 0 ? '' : ` ${plural(paused.length, 'is', 'are')} paused.`;
  return (
    <div class="verdicts" role="status">
      {stale && (
        <p class="verdict bad">
          <b>Nothing new since {clock(new Date(heardAt), new Date())}.</b> The node does not answer;
          what follows was so then.
        </p>
      )}
      {node !== null && !node.ready && (
        <p class="verdict bad">
          The node takes no events: {node.not_ready_because ?? 'it does not say why'}.
        </p>
      )}
      {node !== null && node.unaccounted > 0 && (
        <p class="verdict bad">
          The books do not balance: {plural(node.unaccounted, 'delivery is', 'deliveries are')}
          {' '}unaccounted for. <a href="#/audit">See the audit</a>
        </p>
      )}
      {!stale && (troubled.length === 0
        ? (
          <p class="verdict good">
            {ranked.length === 0 ? 'No destination is configured.'
              : `No destination is in trouble, of ${count(ranked.length)}.${also}`}
          </p>
        )
        : (
          <p class="verdict bad">
            <b>{plural(troubled.length, 'destination is', 'destinations are')} in trouble</b>, of
            {' '}{count(ranked.length)}.{also}
          </p>
        ))}
    </div>
  );
}

function Tiles({ node, known }: { node: Summary; known: Destination[] }): JSX.Element {
  const { deliveries: books, delivery_lag: lag } = node;
  const last = totals.samples().at(-1);
  const within = strictest(known);
  const share = inTime(known);
  const late = (seconds: number | null) =>
    seconds !== null && seconds > within ? 'warn' as const : undefined;
  return (
    <dl class="tiles">
      <Tile label="Accepted" value={brief(books.accepted)} detail={perSecond(last?.accepted)} />
      <Tile label="Delivered" value={brief(books.delivered)} detail={perSecond(last?.delivered)} />
      <Tile label="Pending" value={brief(books.pending)}
        detail={`${count(node.in_flight)} in flight`} />
      <Tile label="Oldest pending" value={duration(node.oldest_pending_seconds)}
        detail={`objective ${duration(within)}`}
        tone={ageTone(node.oldest_pending_seconds, within)} />
      <Tile label="Lag p50" value={duration(lag.p50_seconds)}
        detail={`objective ${duration(within)}`} tone={late(lag.p50_seconds)} />
      <Tile label="Lag p99" value={duration(lag.p99_seconds)} tone={late(lag.p99_seconds)}
        detail={share === null ? `objective ${duration(within)}` : `${percent(share)} in time`} />
      <Tile label="Dead" value={<a href="#/dead">{brief(books.dead)}</a>}
        detail={books.expired > 0 ? `${brief(books.expired)} expired` : undefined}
        tone={books.dead > 0 ? 'warn' : undefined} />
      <Tile label="Books" tone={node.unaccounted === 0 ? 'good' : 'bad'}
        value={<a href="#/audit">{node.unaccounted === 0 ? 'balance' : 'WRONG'}</a>}
        detail={node.unaccounted === 0 ? undefined : `${count(node.unaccounted)} unaccounted`} />
      <Tile label="Journal" value={bytes(node.journal_bytes)} tone={diskTone(node)}
        detail={node.disk_budget_ratio === null ? `up ${duration(node.uptime_seconds)}`
          : `${percent(node.disk_budget_ratio)} of budget`} />
    </dl>
  );
}

// As the alert SpillwayDiskBudgetHigh sees it.
function diskTone(node: Summary): 'warn' | undefined {
  return (node.disk_budget_ratio ?? 0) > 0.8 ? 'warn' : undefined;
}

function strictest(known: Destination[]): number {
  const objectives = known.flatMap((one) => one.lag_within_seconds ?? []);
  return objectives.length === 0 ? LAG_WITHIN_SECONDS : Math.min(...objectives);
}

function inTime(known: Destination[]): number | null {
  const total = known.reduce((sum, one) => sum + (one.lag_total ?? 0), 0);
  return total === 0 ? null : known.reduce((sum, one) => sum + (one.lag_within ?? 0), 0) / total;
}

function TotalCharts({ series }: { series: Series }): JSX.Element {
  const loaded = useLoad('history', async (signal) => {
    series.setHistory(await getHistory(null, signal));
    return true;
  }, HISTORY_MS);
  const node = useStore(summary);
  // Anew with each snapshot and each history.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const samples = useMemo(() => series.samples(), [series, node, loaded.data, loaded.loading]);
  return <HistoryCharts samples={samples} />;
}

function Destinations({ ranked, wanted }: { ranked: Ranked[]; wanted: string }): JSX.Element {
  const [text, setText] = useState(wanted);
  const [onlyTrouble, setOnlyTrouble] = useState(false);
  const shown = useMemo(() => {
    const needle = text.trim().toLowerCase();
    return ranked.filter(({ destination, trouble }) =>
      (needle === '' || destination.name.toLowerCase().includes(needle) ||
        (destination.url ?? '').toLowerCase().includes(needle)) &&
      (!onlyTrouble || trouble.level !== 'well'));
  }, [ranked, text, onlyTrouble]);
  const aside = (
    <div class="tools">
      <input type="search" placeholder="Name or address" aria-label="Find a destination"
        value={text} onInput={(event) => setText(event.currentTarget.value)} />
      <label class="check">
        <input type="checkbox" checked={onlyTrouble}
          onChange={(event) => setOnlyTrouble(event.currentTarget.checked)} />
        Only those with something to say
      </label>
    </div>
  );
  return (
    <Panel title="Destinations" aside={aside}>
      {shown.length === 0
        ? <Empty>{ranked.length === 0
          ? 'None yet. They stand in the configuration under “destinations”.'
          : 'None of them matches.'}</Empty>
        : (
          <Table label="Destinations, those in trouble first" size="half" rows={shown}
            columns={COLUMNS} about={`${text} ${onlyTrouble}`}
            keyOf={({ destination }) => destination.name}
            rowClass={({ trouble }) => `row-${trouble.level}`} />
        )}
    </Panel>
  );
}

const COLUMNS: Column<Ranked>[] = [
  {
    id: 'name',
    head: 'Destination',
    width: '12rem',
    cell: ({ destination }) => (
      <a class="strong" href={toDestination(destination.name)} title={destination.url ?? ''}>
        {destination.name}
      </a>
    ),
  },
  {
    id: 'level',
    head: 'State',
    width: '8.2rem',
    cell: ({ trouble }) => <TroubleBadge trouble={trouble} />,
  },
  {
    id: 'why',
    head: 'Why',
    narrow: 'hide',
    cell: ({ trouble }) => {
      const text = trouble.reasons.map((reason) => reason.text).join(' · ');
      return <span title={text}>{text}</span>;
    },
  },
  {
    id: 'since',
    head: 'Since',
    width: '7rem',
    narrow: 'hide',
    cell: ({ trouble }) => trouble.since === null ? '' : <Since at={trouble.since} />,
  },
  {
    id: 'oldest',
    head: 'Oldest',
    kind: 'number',
    width: '7rem',
    cell: ({ destination }) => duration(destination.oldest_pending_seconds),
  },
  {
    id: 'pending',
    head: 'Pending',
    kind: 'number',
    width: '6rem',
    cell: ({ destination }) => count(destination.deliveries.pending),
  },
  {
    id: 'trend',
    head: <span class="unseen">Pending over time</span>,
    width: '6rem',
    narrow: 'hide',
    cell: ({ destination, trend }) => {
      const drained = drainedIn(destination.deliveries.pending, trend);
      return (
        <span title={drained === null ? '' : `drained in about ${duration(drained)}`}>
          <Sparkline values={trend.pending} />
        </span>
      );
    },
  },
  {
    id: 'pace',
    head: 'Delivered',
    kind: 'number',
    width: '6.5rem',
    narrow: 'hide',
    cell: ({ trend }) => perSecond(trend.deliveredPerSecond),
  },
  {
    id: 'dead',
    head: 'Dead',
    kind: 'number',
    narrow: 'hide',
    width: '5.5rem',
    cell: ({ destination }) => count(destination.deliveries.dead),
  },
];

function Since({ at }: { at: string }): JSX.Element {
  const now = useNow(60_000);
  // What began today is read best as a time.
  return new Date(at).toDateString() === now.toDateString() ? <Time at={at} /> : <Ago at={at} />;
}
