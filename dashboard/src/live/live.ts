// The one feed of the page, and what it last brought.
import { getDestinations, getHistory, getJobs, getSummary } from '../api/operations';
import type { Destination, Job, Summary } from '../api/types';
import { Series } from '../logic/series';
import { Tracker } from '../logic/track';
import { Store } from '../store';
import { Feed, type FeedState, type Snapshot, type World } from './feed';

export const summary = new Store<Summary | null>(null);
export const destinations = new Store<Destination[] | null>(null);
export const jobs = new Store<Job[] | null>(null);
export const feedState = new Store<FeedState>({ liveness: 'connecting', heardAt: 0, error: null });

export const tracker = new Tracker();
export const totals = new Series();

const browser: World = {
  open(handlers) {
    const source = new EventSource('/v1/stream');
    for (const kind of ['summary', 'destinations', 'jobs'] as const) {
      source.addEventListener(kind, (event: MessageEvent<string>) =>
        handlers.event(kind, event.data));
    }
    source.onerror = () => {
      // Else it connects again by itself.
      if (source.readyState === EventSource.CLOSED) {
        handlers.ended();
      }
    };
    return source;
  },
  async poll() {
    const [newSummary, newDestinations, newJobs] =
      await Promise.all([getSummary(), getDestinations(), getJobs()]);
    return { summary: newSummary, destinations: newDestinations, jobs: newJobs };
  },
  now: () => Date.now(),
  every(milliseconds, task) {
    const timer = setInterval(task, milliseconds);
    return () => clearInterval(timer);
  },
};

// What the node remembers of the destinations that may be in trouble: whoever opens the page wants
// to know what happened before. A page has better to do than to ask for thousands.
const RECALLED = 20;

async function recall(known: Destination[]): Promise<void> {
  const asked = known
    .filter(({ deliveries }) => deliveries.pending > 0 || deliveries.dead > 0)
    .sort((a, b) => (b.oldest_pending_seconds ?? 0) - (a.oldest_pending_seconds ?? 0) ||
      b.deliveries.dead - a.deliveries.dead)
    .slice(0, RECALLED);
  await Promise.all(asked.map(async ({ name, deliveries }) => {
    try {
      tracker.addHistory(name, await getHistory(name), deliveries);
    } catch {
      // None is kept of it: it is watched from now on.
    }
  }));
  const newest = destinations.get();
  if (newest !== null) {
    destinations.set([...newest]);
  }
}

function take(part: Partial<Snapshot>): void {
  if (part.summary) {
    totals.add({
      at: new Date(part.summary.as_of).getTime() / 1000,
      deliveries: part.summary.deliveries,
      oldest: part.summary.oldest_pending_seconds,
    });
    summary.set(part.summary);
  }
  if (part.destinations) {
    const first = destinations.get() === null;
    tracker.add(part.destinations, Date.now());
    if (first) {
      void recall(part.destinations);
    }
    destinations.set(part.destinations);
  }
  if (part.jobs) {
    jobs.set(part.jobs);
  }
}

export const feed = new Feed(browser, take, (state) => {
  const before = feedState.get();
  if (before.liveness !== state.liveness || before.heardAt !== state.heardAt ||
      before.error !== state.error) {
    feedState.set(state);
  }
});
