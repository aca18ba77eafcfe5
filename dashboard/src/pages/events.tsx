// Finding events.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { getEvents } from '../api/operations';
import { STATES, type Fate, type ListedEvent } from '../api/types';
import { useTitle } from '../hooks';
import { destinations } from '../live/live';
import { bytes, fromLocalInput } from '../logic/format';
import { hashOf, toDestination, toEvent } from '../logic/router';
import { worstFirst } from '../logic/books';
import { isEventId, searchOf, type Search } from '../logic/search';
import {
  Empty, ErrorNote, EventLink, Field, Loading, Panel, StateBadge, Time,
} from '../parts/basics';
import { DestinationNames } from '../parts/destination-names';
import { ListFoot } from '../parts/list-foot';
import { Table, type Column } from '../parts/table';
import { usePaged } from '../paged';
import { useStore } from '../store';

const PAGE = 200;

export function EventsPage({ query }: { query: URLSearchParams }): JSX.Element {
  useTitle('Events');
  const search = searchOf(query);
  const key = query.toString();
  return (
    <>
      <header class="page">
        <h1>Events</h1>
        <a href="#/purge">Erase what a person asks to be forgotten …</a>
      </header>
      <SearchForm key={key} search={search} />
      <Results key={`results ${key}`} search={search} />
    </>
  );
}

function SearchForm({ search }: { search: Search }): JSX.Element {
  const [draft, setDraft] = useState(search);
  const [id, setId] = useState('');
  const set = (member: keyof Search) => (event: { currentTarget: { value: string } }) =>
    setDraft({ ...draft, [member]: event.currentTarget.value });
  const wantsSource = draft.idempotency_key !== '' && draft.source === '';
  const submit = () => {
    location.hash = isEventId(id) ? toEvent(id.trim())
      : hashOf(['events'], { ...draft });
  };
  return (
    <form class="search" role="search" aria-label="Events" onSubmit={(event) => {
      event.preventDefault();
      submit();
    }}>
      <Field label="Event id">
        <input type="search" value={id} placeholder="01a2026f-…" class="mono"
          pattern="\s*[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\s*"
          title="36 characters, as in the header Spillway-Event-Id or webhook-id"
          onInput={(event) => setId(event.currentTarget.value)} />
      </Field>
      <Field label="Idempotency key">
        <input type="search" value={draft.idempotency_key} onInput={set('idempotency_key')} />
      </Field>
      <Field label="Ordering key">
        <input type="search" value={draft.ordering_key} onInput={set('ordering_key')} />
      </Field>
      <Field label="Source">
        <input type="search" value={draft.source} onInput={set('source')} required={wantsSource}
          placeholder={wantsSource ? 'a key needs its source' : ''} />
      </Field>
      <Field label="Destination">
        <input type="search" value={draft.destination} onInput={set('destination')}
          list="destination-names" placeholder="- for no route" />
      </Field>
      <Field label="State">
        <select value={draft.state} onChange={set('state')}>
          <option value="">any</option>
          {STATES.map((state) => <option key={state} value={state}>{state}</option>)}
        </select>
      </Field>
      <Field label="Received from">
        <input type="datetime-local" step="1" value={draft.from} onInput={set('from')} />
      </Field>
      <Field label="Received before">
        <input type="datetime-local" step="1" value={draft.to} onInput={set('to')} />
      </Field>
      <div class="buttons">
        <button type="submit" class="primary">Search</button>
        <a class="button" href="#/events">Clear</a>
      </div>
      <DestinationNames />
    </form>
  );
}

function Results({ search }: { search: Search }): JSX.Element {
  const list = usePaged<ListedEvent>(JSON.stringify(search), async (cursor, signal) => {
    const page = await getEvents({
      ...search,
      from: fromLocalInput(search.from),
      to: fromLocalInput(search.to),
      limit: PAGE,
      cursor,
    }, signal);
    return { items: page.events, next: page.next_cursor, scanned: page.scanned };
  });
  const known = useStore(destinations);
  const aside = (
    <button type="button" onClick={list.reload} disabled={list.loading}>Renew</button>
  );
  return (
    <Panel title="Newest first" aside={aside}>
      {list.error !== null && <ErrorNote message={list.error} retry={list.reload} />}
      {list.data === null && list.loading && <Loading what="events" />}
      {list.data?.length === 0 && !list.loading && list.complete && (
        <Empty>
          No event matches.
          {known?.length === 0 ? ' No destination is configured yet.' : ''}
        </Empty>
      )}
      {list.data !== null && list.data.length > 0 && (
        <Table label="Events" rows={list.data} columns={COLUMNS} onNearEnd={list.more}
          keyOf={(event) => event.event_id}
          total={list.complete ? list.data.length : -1} />
      )}
      {list.data !== null && <ListFoot list={list} what="event" />}
    </Panel>
  );
}

const FATES = 4;

// What needs a look comes first: a row has room for a few.
function Fates({ fates }: { fates: Fate[] }): JSX.Element {
  const worst = worstFirst(fates);
  return (
    <span title={worst.map((fate) => `${fate.destination} ${fate.state}`).join(', ')}>
      {worst.slice(0, FATES).map((fate) => (
        <span key={fate.destination} class="fate">
          {fate.destination === '-' ? 'no route'
            : <a href={toDestination(fate.destination)}>{fate.destination}</a>}
          <StateBadge state={fate.state} />
        </span>
      ))}
      {worst.length > FATES && <span class="faint">and {worst.length - FATES} more</span>}
    </span>
  );
}

const COLUMNS: Column<ListedEvent>[] = [
  {
    id: 'received', head: 'Received', width: '11rem',
    cell: (event) => <Time at={event.received} />,
  },
  { id: 'id', head: 'Event', width: '14rem', cell: (event) => <EventLink id={event.event_id} /> },
  {
    id: 'source', head: 'Source', width: '10rem', narrow: 'hide', cell: (event) => event.source,
  },
  {
    id: 'fates',
    head: 'Deliveries',
    cell: (event) => <Fates fates={event.deliveries} />,
  },
  {
    id: 'bytes',
    head: 'Body',
    kind: 'number',
    width: '6rem',
    narrow: 'hide',
    cell: (event) => bytes(event.body_bytes),
  },
];
