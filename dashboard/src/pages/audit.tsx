// The books: accepted is the sum of all states, for each destination, or something is wrong.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { getAudit } from '../api/operations';
import { STATES, type Audit, type Counts, type State } from '../api/types';
import { useLoad, useTitle } from '../hooks';
import { imbalance } from '../logic/books';
import { count, fullTime, plural } from '../logic/format';
import { toDestination } from '../logic/router';
import { Empty, ErrorNote, LoadState, Panel } from '../parts/basics';
import { Table, type Column } from '../parts/table';
import { messageOf } from '../api/client';

const RENEW_MS = 10_000;

export function AuditPage(): JSX.Element {
  useTitle('Audit');
  const load = useLoad('audit', (signal) => getAudit(false, signal), RENEW_MS);
  return (
    <>
      <h1>Audit</h1>
      {load.data !== null && <Balance audit={load.data} />}
      <LoadState what="the books" load={load} />
      {load.data !== null && <Books audit={load.data} />}
      <Scan />
    </>
  );
}

function Balance({ audit }: { audit: Audit }): JSX.Element {
  return audit.balanced
    ? (
      <p class="verdict good" role="status">
        The books balance: every accepted delivery is in exactly one state.
      </p>
    )
    : (
      <p class="verdict bad" role="alert">
        <b>The books do not balance.</b>{' '}
        {plural(audit.unaccounted, 'delivery is', 'deliveries are')} unaccounted for. This
        must never be. Keep the journal as it is, do not restart, and see SpillwayUnaccountedEvents
        in the playbook.
      </p>
    );
}

interface Account {
  name: string;
  counts: Counts;
}

function Books({ audit }: { audit: Audit }): JSX.Element {
  const accounts = Object.entries(audit.destinations)
    .map(([name, counts]) => ({ name, counts }))
    .sort((a, b) => Math.abs(imbalance(b.counts)) - Math.abs(imbalance(a.counts)) ||
      a.name.localeCompare(b.name));
  const total = totalOf(accounts);
  return (
    <Panel title="Books" aside={<span class="faint">As of {fullTime(audit.as_of)}</span>}>
      {accounts.length === 0
        ? <Empty>Nothing was accepted yet.</Empty>
        : (
          <Table label="The books of each destination" columns={COLUMNS}
            rows={[{ name: '', counts: total }, ...accounts]}
            keyOf={(account) => account.name}
            rowClass={(account) => imbalance(account.counts) !== 0 ? 'row-down'
              : account.name === '' ? 'total' : ''} />
        )}
    </Panel>
  );
}

function totalOf(accounts: Account[]): Counts {
  const members = ['accepted', ...STATES] as const;
  return Object.fromEntries(members.map((member) => [
    member, accounts.reduce((sum, { counts }) => sum + counts[member], 0),
  ])) as Counts;
}

const number = (member: State | 'accepted'): Column<Account> => ({
  id: member,
  head: member.charAt(0).toUpperCase() + member.slice(1),
  kind: 'number',
  width: '7rem',
  ...(member === 'superseded' || member === 'expired' || member === 'purged'
    ? { narrow: 'hide' as const } : {}),
  cell: ({ counts }) => count(counts[member]),
});

const COLUMNS: Column<Account>[] = [
  {
    id: 'name',
    head: 'Destination',
    cell: ({ name }) => name === '' ? <b>All</b>
      : name === '-' ? 'no route' : <a href={toDestination(name)}>{name}</a>,
  },
  number('accepted'),
  ...STATES.map(number),
  {
    id: 'difference',
    head: 'Unaccounted',
    kind: 'number',
    width: '7.5rem',
    cell: ({ counts }) => {
      const difference = imbalance(counts);
      return difference === 0 ? '0' : <b class="bad">{count(difference)}</b>;
    },
  },
];

// Reads the whole journal: only when it is asked for.
function Scan(): JSX.Element {
  const [state, setState] = useState<
    { kind: 'no' | 'running' } | { kind: 'done'; audit: Audit } | { kind: 'failed'; error: string }
  >({ kind: 'no' });
  const scan = () => {
    setState({ kind: 'running' });
    getAudit(true).then(
      (audit) => setState({ kind: 'done', audit }),
      (failure: unknown) => setState({ kind: 'failed', error: messageOf(failure) }));
  };
  return (
    <Panel title="Proof" aside={
      <button type="button" onClick={scan} disabled={state.kind === 'running'}>
        {state.kind === 'running' ? 'Reading …' : 'Read the whole journal'}
      </button>
    }>
      {state.kind === 'no' && (
        <Empty>
          What stands above is what the counters say. Reading every record proves it; with millions
          of events that takes minutes.
        </Empty>
      )}
      {state.kind === 'running' && <p role="status">Every record of the journal is read …</p>}
      {state.kind === 'failed' && <ErrorNote message={state.error} retry={scan} />}
      {state.kind === 'done' && <ScanReport audit={state.audit} />}
    </Panel>
  );
}

function ScanReport({ audit }: { audit: Audit }): JSX.Element | null {
  const { scan } = audit;
  if (scan === null) {
    return null;
  }
  const right = audit.balanced && scan.problem_count === 0;
  return (
    <div class={right ? 'result good' : 'result bad'} role="status">
      <div>
        <b>{right ? 'Proven' : plural(scan.problem_count, 'problem')}</b>, from
        {' '}{plural(scan.events, 'event')} and {plural(scan.deliveries, 'delivery', 'deliveries')},
        as of {fullTime(audit.as_of)}.
        {scan.problems.length > 0 && (
          <ul>{scan.problems.map((problem) => <li key={problem}>{problem}</li>)}</ul>
        )}
      </div>
    </div>
  );
}
