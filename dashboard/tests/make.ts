// Destinations, books and summaries for the tests, with what a test is not about filled in.
import type { Counts, Destination, Summary } from '../src/api/types';

export function counts(part: Partial<Counts> = {}): Counts {
  const states = {
    pending: 0, delivered: 0, dead: 0, superseded: 0, expired: 0, purged: 0, ...part,
  };
  const { pending, delivered, dead, superseded, expired, purged } = states;
  return { accepted: pending + delivered + dead + superseded + expired + purged, ...states };
}

export function destination(part: Partial<Destination> = {}): Destination {
  return {
    name: 'acme',
    url: 'https://acme.example/hook',
    orphaned: false,
    state: 'running',
    paused_since: null,
    pause_reason: null,
    in_flight: 0,
    oldest_pending_seconds: null,
    deliveries: counts(),
    breaker: 'closed',
    failing_since: null,
    probe_at: null,
    concurrency_limit: 64,
    max_in_flight: 64,
    lag_within_seconds: 2,
    lag_objective: 0.999,
    lag_within: 0,
    lag_total: 0,
    delivery_lag: null,
    last_delivered: null,
    last_failure: null,
    ...part,
  };
}

export function summary(part: Partial<Summary> = {}): Summary {
  return {
    node: 'n1',
    version: '0.1.0',
    as_of: '2026-11-29T12:00:00.000000Z',
    uptime_seconds: 60,
    ready: true,
    not_ready_because: null,
    deliveries: counts(),
    oldest_pending_seconds: null,
    destinations_paused: 0,
    destinations_configured: 1,
    in_flight: 0,
    unaccounted: 0,
    journal_bytes: 4096,
    disk_budget_ratio: 0.1,
    delivery_lag: { count: 0, p50_seconds: null, p99_seconds: null },
    ...part,
  };
}
