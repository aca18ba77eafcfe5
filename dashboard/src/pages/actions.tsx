// Who did what, when.
import type { JSX } from 'preact';

import { getActions } from '../api/operations';
import type { Action } from '../api/types';
import { useTitle } from '../hooks';
import { isEventId } from '../logic/search';
import { toDestination, toEvent, toJob } from '../logic/router';
import { Empty, ErrorNote, Loading, Panel, Time } from '../parts/basics';
import { ListFoot } from '../parts/list-foot';
import { Table, type Column } from '../parts/table';
import { usePaged } from '../paged';

export function ActionsPage(): JSX.Element {
  useTitle('Actions');
  const list = usePaged<Action>('actions', async (cursor, signal) => {
    const page = await getActions(cursor, signal);
    return { items: page.actions, next: page.next_cursor, scanned: page.scanned };
  });
  const aside = (
    <button type="button" onClick={list.reload} disabled={list.loading}>Renew</button>
  );
  return (
    <>
      <h1>Actions</h1>
      <Panel title="Newest first" aside={aside}>
        {list.error !== null && <ErrorNote message={list.error} retry={list.reload} />}
        {list.data === null && list.loading && <Loading what="actions" />}
        {list.data?.length === 0 && list.complete && (
          <Empty>Nobody has changed anything yet.</Empty>
        )}
        {list.data !== null && list.data.length > 0 && (
          <Table label="Actions" rows={list.data} columns={COLUMNS} onNearEnd={list.more}
            keyOf={(action) => String(action.id)} total={list.complete ? list.data.length : -1}
            rowClass={(action) => action.outcome === 'done' ? '' : 'row-late'} />
        )}
        {list.data !== null && <ListFoot list={list} what="action" />}
      </Panel>
    </>
  );
}

const COLUMNS: Column<Action>[] = [
  { id: 'at', head: 'When', width: '11rem', cell: (action) => <Time at={action.at} /> },
  {
    id: 'who', head: 'Who', width: '10rem',
    cell: (action) => <span title={action.role}>{action.who}</span>,
  },
  { id: 'action', head: 'What', width: '12rem', cell: (action) => <b>{action.action}</b> },
  { id: 'target', head: 'On', width: '14rem', cell: (action) => <Target action={action} /> },
  {
    id: 'detail', head: 'Detail', narrow: 'hide',
    cell: (action) => <span title={action.detail ?? ''}>{action.detail ?? ''}</span>,
  },
  {
    id: 'outcome', head: 'Outcome', width: '14rem', narrow: 'hide',
    cell: (action) => <span title={action.outcome}>{action.outcome}</span>,
  },
  {
    id: 'remote', head: 'From', width: '9rem', narrow: 'hide',
    cell: (action) => action.remote ?? '',
  },
];

function Target({ action: { action, target } }: { action: Action }): JSX.Element {
  if (target === null || target === '') {
    return <span />;
  }
  if (action.startsWith('destination.')) {
    return <a href={toDestination(target)}>{target}</a>;
  }
  if (isEventId(target)) {
    return <a class="mono" href={toEvent(target)}>{target}</a>;
  }
  return action.startsWith('job.') && /^\d+$/.test(target)
    ? <a href={toJob(Number(target))}>job {target}</a> : <span>{target}</span>;
}
