// One event: what it is, what became of it, and sending it again.
import type { JSX } from 'preact';

import { getEvent, replayEvent } from '../api/operations';
import type { Delivery, Event } from '../api/types';
import { useLoad, useTitle } from '../hooks';
import { feed } from '../live/live';
import { worstFirst } from '../logic/books';
import { bytes, fullTime, plural, shortId } from '../logic/format';
import { hashOf, toDestination } from '../logic/router';
import { Timeline } from '../parts/attempts';
import {
  ActionButton, Ago, Copy, Empty, Facts, LoadState, Panel, StateBadge, Time,
} from '../parts/basics';
import { ask } from '../parts/dialog';
import { told } from '../parts/toasts';
import { EventBody } from './event-body';

const RENEW_MS = 5_000;

export function EventPage({ id }: { id: string }): JSX.Element {
  useTitle(`Event ${shortId(id)}`);
  const load = useLoad(`event ${id}`, (signal) => getEvent(id, signal), RENEW_MS);
  const event = load.data;
  return (
    <>
      <header class="page">
        <div>
          <h1>Event</h1>
          <p class="mono">{id} <Copy text={id} what="the event's id" /></p>
        </div>
        {event !== null && (
          <div class="buttons">
            <ActionButton onClick={() => askToReplay(event, null, load.reload)}>
              Replay …
            </ActionButton>
          </div>
        )}
      </header>
      <LoadState what="the event" load={load} />
      {event !== null && (
        <>
          <Facts items={factsOf(event)} />
          <Deliveries event={event} reload={load.reload} />
          <Headers event={event} />
          <EventBody event={event} />
        </>
      )}
    </>
  );
}

function factsOf(event: Event): [string, JSX.Element | string][] {
  return [
    ['Source', <a key="s" href={hashOf(['events'], { source: event.source })}>{event.source}</a>],
    ['Received', <>{fullTime(event.received)} (<Ago at={event.received} />)</>],
    ['Body', `${bytes(event.body_bytes)}, ` + (event.untouched
      ? 'as the sender signed it' : 'cut from a request with several')],
  ];
}

function Deliveries({ event, reload }: { event: Event; reload: () => void }): JSX.Element {
  return (
    <Panel title="Deliveries">
      {event.deliveries.length === 0 && <Empty>It has none.</Empty>}
      {worstFirst(event.deliveries).map((delivery) => (
        <article key={delivery.destination} class="delivery">
          <header>
            <h3>
              {delivery.destination === '-' ? 'No route'
                : <a href={toDestination(delivery.destination)}>{delivery.destination}</a>}
              {' '}<StateBadge state={delivery.state} />
            </h3>
            {delivery.state !== 'pending' && delivery.state !== 'purged' && (
              <ActionButton label={`Replay to ${delivery.destination}`}
                onClick={() => askToReplay(event, delivery, reload)}>
                Replay …
              </ActionButton>
            )}
          </header>
          <p class="faint">{standingOf(delivery).join(' · ')}
            {delivery.due !== null && <> · next attempt due <Time at={delivery.due} /></>}
            {' '}· changed <Time at={delivery.updated} />
          </p>
          <Timeline attempts={delivery.attempts} />
        </article>
      ))}
    </Panel>
  );
}

function standingOf(delivery: Delivery): string[] {
  const parts = [plural(delivery.attempts_made, 'attempt')];
  if (delivery.reason !== null) {
    parts.unshift(`reason: ${delivery.reason}`);
  }
  if (delivery.generation > 1) {
    parts.push(`sent again ${plural(delivery.generation - 1, 'time')}`);
  }
  if (delivery.order !== 'none') {
    parts.push(`order ${delivery.order}`);
  }
  if (delivery.blocked) {
    parts.push('waits for an earlier one of its key');
  }
  if (delivery.parked) {
    parts.push('parked: waits outside the order of its key');
  }
  if (delivery.out_of_order) {
    parts.push('later ones of its key may have overtaken it');
  }
  if (delivery.custody !== 'local') {
    parts.push(`custody: ${delivery.custody}`);
  }
  return parts;
}

function askToReplay(event: Event, delivery: Delivery | null, reload: () => void): void {
  const force = { on: false };
  const one = delivery?.destination ?? null;
  const again = event.deliveries.filter((each) =>
    each.state !== 'pending' && each.state !== 'purged' && (one === null || each === delivery));
  const delivered = again.filter((each) => each.state === 'delivered');
  const ordered = again.some((each) => each.order !== 'none');
  ask({
    title: one === null ? 'Replay this event?' : `Replay this event to ${one}?`,
    body: (
      <>
        <p>
          {again.length === 0
            ? 'All its deliveries are pending or purged: nothing would be sent again.'
            : <>It is sent again to {again.map((each) => each.destination).join(', ')}.</>}
          {delivered.length > 0 && (
            <> {delivered.map((each) => each.destination).join(', ')} already took it, and gets it
              twice, under the same webhook-id.</>
          )}
        </p>
        {ordered && (
          <label class="check">
            <input type="checkbox" name="force" onChange={(change) => {
              force.on = change.currentTarget.checked;
            }} />
            Whatever its ordering key says: not behind others, and though a newer version is known
          </label>
        )}
      </>
    ),
    confirm: 'Replay',
    act: async () => {
      const result = await replayEvent(event.event_id, one, force.on);
      reload();
      feed.refresh();
      told(result.reopened.length === 0 ? 'Nothing was opened again.'
        : `Opened again: ${result.reopened.map((each) => each.destination).join(', ')}.`);
    },
  });
}

function Headers({ event }: { event: Event }): JSX.Element {
  return (
    <Panel title="Headers">
      {event.headers.length === 0
        ? <Empty>None was kept, or they were erased.</Empty>
        : (
          <table class="small headers">
            <thead><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead>
            <tbody>
              {event.headers.map(({ name, value }, index) => (
                <tr key={index}><td class="mono">{name}</td><td class="mono wrap">{value}</td></tr>
              ))}
            </tbody>
          </table>
        )}
    </Panel>
  );
}
