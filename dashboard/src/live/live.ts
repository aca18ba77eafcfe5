// The one feed of the page, and what it last brought.
import { getConfig, getDestinations, getJobs, getSummary } from '../api/operations';
import type { ConfiguredDestination, Destination, Job, Summary } from '../api/types';
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

// What each destination is held to: the configuration has it, the live answers do not.
let configured = new Map<string, ConfiguredDestination>();

function withItsConfiguration(destination: Destination): Destination {
  const found = configured.get(destination.name);
  if (found === undefined) {
    return destination;
  }
  const { lag_within_seconds, lag_objective, max_in_flight } = found;
  return { lag_within_seconds, lag_objective, max_in_flight, ...destination };
}

// When a session begins, and after a reload.
export async function readConfiguration(): Promise<void> {
  const config = await getConfig();
  configured = new Map(config.destinations.map((one) => [one.name, one]));
  const known = destinations.get();
  if (known !== null) {
    destinations.set(known.map(withItsConfiguration));
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
    tracker.add(part.destinations, Date.now());
    destinations.set(part.destinations.map(withItsConfiguration));
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
