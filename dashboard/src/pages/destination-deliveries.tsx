// What waits for a destination, what it did not take, and how its last attempts went.
import type { JSX } from 'preact';

import { getDead, getEvents, getRecentAttempts } from '../api/operations';
import type { ListedEvent, RecentAttempt } from '../api/types';
import { useLoad } from '../hooks';
import { duration, plural } from '../logic/format';
import { hashOf } from '../logic/router';
import { answerText } from '../logic/trouble';
import { Empty, EventLink, LoadState, Panel, Time } from '../parts/basics';
import { OutcomeBadge } from '../parts/attempts';

const RENEW_MS = 10_000;
const LISTED = 8;
const PAGE = 200;

export interface Waiting {
  name: string;
  // When the oldest that waits was accepted; null: none waits.
  oldest: Date | null;
}

// The list is newest first. Those that have waited longest are those of the oldest's time or soon
// after: the narrower that is, the surer all of it is on one page.
const SOON_MS = [2_000, 200, 20];

async function waitingLongest(
  { name, oldest }: Waiting, signal: AbortSignal,
): Promise<ListedEvent[]> {
  let found: ListedEvent[] = [];
  for (const soon of oldest === null ? [] : SOON_MS) {
    const to = new Date((oldest?.getTime() ?? 0) + soon).toISOString();
    const page = await getEvents(
      { destination: name, state: 'pending', to, limit: PAGE }, signal);
    // The oldest's time is an estimate where very many wait.
    found = page.events.length === 0 ? found : page.events;
    if (page.next_cursor === null) {
      break;
    }
  }
  return found.reverse();
}

export function WaitingDeliveries(
  { name, pending, oldest }: Waiting & { pending: number },
): JSX.Element {
  const load = useLoad(
    `pending ${name}`, (signal) => waitingLongest({ name, oldest }, signal), RENEW_MS);
  const events = (load.data ?? []).slice(0, LISTED);
  return (
    <Panel title="Waiting longest" aside={
      <a href={hashOf(['events'], { destination: name, state: 'pending' })}>
        All {plural(pending, 'delivery', 'deliveries')}
      </a>
    }>
      <LoadState what="what waits" load={load} />
      {load.data !== null && events.length === 0 && <Empty>Nothing waits for it.</Empty>}
      {events.length > 0 && (
        <table class="small">
          <thead><tr><th>Event</th><th>Received</th><th>Source</th></tr></thead>
          <tbody>
            {events.map((event) => (
              <tr key={event.event_id}>
                <td><EventLink id={event.event_id} /></td>
                <td><Time at={event.received} /></td>
                <td>{event.source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

export function RecentDead({ name, dead }: { name: string; dead: number }): JSX.Element {
  const load = useLoad(`dead ${name}`, (signal) =>
    getDead({ destination: name, limit: LISTED }, signal), RENEW_MS);
  const letters = load.data?.deliveries ?? [];
  return (
    <Panel title="Dead letters" aside={
      <a href={hashOf(['dead'], { destination: name })}>All {plural(dead, 'dead letter')}</a>
    }>
      <LoadState what="its dead letters" load={load} />
      {load.data !== null && letters.length === 0 && <Empty>It has none.</Empty>}
      {letters.length > 0 && (
        <table class="small">
          <thead><tr><th>Event</th><th>Given up</th><th>Why</th></tr></thead>
          <tbody>
            {letters.map((letter) => (
              <tr key={letter.event_id}>
                <td><EventLink id={letter.event_id} /></td>
                <td><Time at={letter.updated} /></td>
                <td>
                  {letter.reason}
                  {letter.last_failure !== null && `, ${answerText(letter.last_failure)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

function answerOf(attempt: RecentAttempt): string {
  return attempt.error ?? attempt.response_excerpt?.slice(0, 300) ?? '';
}

export function RecentAttempts({ name }: { name: string }): JSX.Element {
  const load = useLoad(
    `attempts ${name}`, (signal) => getRecentAttempts(name, signal), RENEW_MS);
  const attempts = load.data ?? [];
  return (
    <Panel title="Recent attempts">
      <LoadState what="its attempts" load={load} />
      {load.data !== null && attempts.length === 0 && (
        <Empty>This node has attempted nothing there since it started.</Empty>
      )}
      {attempts.length > 0 && (
        <div class="table-scroll whole" role="group" aria-label="Recent attempts" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th class="w-time">Started</th>
                <th class="w-id">Event</th>
                <th class="w-time">Outcome</th>
                <th class="w-took number">Took</th>
                <th class="wide-only">Answer</th>
              </tr>
            </thead>
            <tbody>
              {attempts.map((attempt) => (
                <tr key={`${attempt.event_id} ${attempt.started}`}>
                  <td><Time at={attempt.started} /></td>
                  <td><EventLink id={attempt.event_id} /></td>
                  <td>
                    <OutcomeBadge outcome={attempt.outcome} /> {attempt.status ?? ''}
                  </td>
                  <td class="number">{duration(attempt.took_seconds)}</td>
                  <td class="wide-only mono" title={answerOf(attempt)}>{answerOf(attempt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}
