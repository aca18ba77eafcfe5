// What was given up on: to look at, to send again, or to drop.
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import { getDead } from '../api/operations';
import type { DeadLetter, DeliveryName } from '../api/types';
import { useTitle } from '../hooks';
import { count } from '../logic/format';
import { hashOf, toDestination } from '../logic/router';
import {
  DEAD_REASONS, deadSearchOf, filterOf, listMatches, type DeadSearch,
} from '../logic/search';
import { keyOfDelivery, Selection } from '../logic/selection';
import { answerText } from '../logic/trouble';
import {
  ActionButton, Empty, ErrorNote, EventLink, Field, Loading, Panel, Time,
} from '../parts/basics';
import { DestinationNames } from '../parts/destination-names';
import { ListFoot } from '../parts/list-foot';
import { Table, type Column } from '../parts/table';
import { usePaged } from '../paged';
import { BulkDialog, type BulkOrder } from './bulk-dialog';

const PAGE = 200;

export function DeadPage({ query }: { query: URLSearchParams }): JSX.Element {
  useTitle('Dead letters');
  const search = deadSearchOf(query);
  const key = query.toString();
  return (
    <>
      <h1>Dead letters</h1>
      <FilterForm key={key} search={search} />
      <Letters key={`letters ${key}`} search={search} />
    </>
  );
}

function FilterForm({ search }: { search: DeadSearch }): JSX.Element {
  const [draft, setDraft] = useState(search);
  const set = (member: keyof DeadSearch) => (event: { currentTarget: { value: string } }) =>
    setDraft({ ...draft, [member]: event.currentTarget.value });
  return (
    <form class="search" role="search" aria-label="Dead letters" onSubmit={(event) => {
      event.preventDefault();
      location.hash = hashOf(['dead'], { ...draft });
    }}>
      <Field label="Destination">
        <input type="search" value={draft.destination} onInput={set('destination')}
          list="destination-names" placeholder="- for no route" />
      </Field>
      <Field label="Source">
        <input type="search" value={draft.source} onInput={set('source')} />
      </Field>
      <Field label="State">
        <select value={draft.state} onChange={set('state')}>
          <option value="">dead</option>
          <option value="expired">expired</option>
        </select>
      </Field>
      <Field label="Reason">
        <select value={draft.reason} onChange={set('reason')}>
          <option value="">any</option>
          {DEAD_REASONS.map((reason) => <option key={reason} value={reason}>{reason}</option>)}
        </select>
      </Field>
      <Field label="Received from">
        <input type="datetime-local" step="1" value={draft.from} onInput={set('from')} />
      </Field>
      <Field label="Received before">
        <input type="datetime-local" step="1" value={draft.to} onInput={set('to')} />
      </Field>
      <div class="buttons">
        <button type="submit" class="primary">Filter</button>
        <a class="button" href="#/dead">Clear</a>
      </div>
      <DestinationNames />
    </form>
  );
}

function Letters({ search }: { search: DeadSearch }): JSX.Element {
  const filter = filterOf(search);
  const [selection, setSelection] = useState(Selection.none);
  const [order, setOrder] = useState<BulkOrder | null>(null);
  const list = usePaged<DeadLetter>(JSON.stringify(search), async (cursor, signal) => {
    const { destination, reason, state } = filter;
    const page = await getDead({ destination, reason, state, limit: PAGE, cursor }, signal);
    return {
      items: page.deliveries.filter((letter) => listMatches(filter, letter)),
      next: page.next_cursor,
      scanned: page.scanned,
    };
  });
  const columns = useMemo(
    () => columnsOf(selection, setSelection, list.data ?? []), [selection, list.data]);
  const chosen = selection.names();
  const none = chosen.length === 0 ? 'Nothing is selected' : undefined;
  const empty = list.data?.length === 0 && list.complete ? 'There is nothing to do' : undefined;
  const orderSelected = (kind: 'replay' | 'drop') =>
    setOrder({ kind, deliveries: chosen });
  const orderAll = (kind: 'replay' | 'drop') => setOrder({ kind, filter });
  const done = () => {
    setOrder(null);
    setSelection(Selection.none);
    list.reload();
  };
  return (
    <Panel title={search.state === 'expired' ? 'Expired' : 'Given up on'} aside={
      <div class="buttons">
        <span class="faint" role="status">{count(chosen.length)} selected</span>
        <ActionButton onClick={() => orderSelected('replay')} why={none}>
          Replay selected …
        </ActionButton>
        <ActionButton onClick={() => orderSelected('drop')} why={none}>
          Drop selected …
        </ActionButton>
        <ActionButton primary onClick={() => orderAll('replay')} why={empty}>
          Replay all that match …
        </ActionButton>
        <ActionButton danger onClick={() => orderAll('drop')} why={empty}>
          Drop all that match …
        </ActionButton>
      </div>
    }>
      {list.error !== null && <ErrorNote message={list.error} retry={list.reload} />}
      {list.data === null && list.loading && <Loading what="dead letters" />}
      {list.data?.length === 0 && list.complete && (
        <Empty>There is none. Nothing was given up on that matches.</Empty>
      )}
      {list.data !== null && list.data.length > 0 && (
        <Table label="Dead letters" rows={list.data} columns={columns} onNearEnd={list.more}
          keyOf={keyOfDelivery} total={list.complete ? list.data.length : -1}
          rowClass={(letter) => selection.has(letter) ? 'selected' : ''} />
      )}
      {list.data !== null && <ListFoot list={list} what="dead letter" />}
      {order !== null && <BulkDialog order={order} close={() => setOrder(null)} done={done} />}
    </Panel>
  );
}

function columnsOf(
  selection: Selection, select: (selection: Selection) => void, letters: DeadLetter[],
): Column<DeadLetter>[] {
  const all = letters.length > 0 && selection.hasAll(letters);
  const name = (letter: DeadLetter): DeliveryName =>
    ({ event_id: letter.event_id, destination: letter.destination });
  return [
    {
      id: 'select',
      width: '2.5rem',
      head: (
        <input type="checkbox" checked={all} aria-label="Select all that are shown"
          onChange={() => select(all ? Selection.none : Selection.of(letters.map(name)))} />
      ),
      cell: (letter) => (
        <input type="checkbox" checked={selection.has(letter)}
          aria-label={`Select ${letter.event_id} to ${letter.destination}`}
          onChange={() => select(selection.toggled(name(letter)))} />
      ),
    },
    {
      id: 'id', head: 'Event', width: '14rem', cell: (letter) => <EventLink id={letter.event_id} />,
    },
    {
      id: 'destination',
      head: 'Destination',
      width: '12rem',
      cell: (letter) => letter.destination === '-' ? 'no route'
        : <a href={toDestination(letter.destination)}>{letter.destination}</a>,
    },
    { id: 'reason', head: 'Reason', width: '7rem', cell: (letter) => letter.reason ?? '' },
    {
      id: 'error',
      head: 'Last error',
      narrow: 'hide',
      cell: (letter) => {
        const text = letter.last_failure == null ? null : answerText(letter.last_failure);
        return text === null ? <span class="faint">none</span> : <span title={text}>{text}</span>;
      },
    },
    {
      id: 'attempts', head: 'Attempts', kind: 'number', width: '6rem', narrow: 'hide',
      cell: (letter) => count(letter.attempts_made),
    },
    {
      id: 'source', head: 'Source', width: '9rem', narrow: 'hide', cell: (letter) => letter.source,
    },
    {
      id: 'received', head: 'Received', width: '11rem', narrow: 'hide',
      cell: (letter) => <Time at={letter.received} />,
    },
    {
      id: 'updated', head: 'Given up', width: '11rem', narrow: 'hide',
      cell: (letter) => <Time at={letter.updated} />,
    },
  ];
}
