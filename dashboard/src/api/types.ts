// What the admin API answers, as admin/openapi.json describes it.

export const STATES = [
  'pending', 'delivered', 'dead', 'superseded', 'expired', 'purged',
] as const;
export type State = (typeof STATES)[number];

export const REASONS = [
  'exhausted', 'rejected', 'no_route', 'malformed', 'ttl', 'dropped', 'retention', 'rerouted',
  'erased', 'newer_version', 'duplicate_elsewhere',
] as const;
export type Reason = (typeof REASONS)[number];

export type Counts = Record<State, number> & { accepted: number };

export interface Lag {
  count: number;
  p50_seconds: number | null;
  p99_seconds: number | null;
}

export interface Summary {
  node: string;
  version: string;
  as_of: string;
  uptime_seconds: number;
  ready: boolean;
  not_ready_because: string | null;
  deliveries: Counts;
  oldest_pending_seconds: number | null;
  destinations_paused: number;
  destinations_configured: number;
  in_flight: number;
  unaccounted: number;
  journal_bytes: number;
  disk_budget_ratio: number | null;
  delivery_lag: Lag;
}

export interface Failure {
  at: string;
  outcome: Outcome;
  status: number | null;
  error: string | null;
}

export interface Destination {
  name: string;
  url: string | null;
  orphaned: boolean;
  state: 'running' | 'paused';
  paused_since: string | null;
  pause_reason: string | null;
  in_flight: number;
  oldest_pending_seconds: number | null;
  deliveries: Counts;
  // What follows is null of one that is not configured any more.
  breaker: 'closed' | 'half_open' | 'open' | null;
  failing_since: string | null;
  probe_at: string | null;
  concurrency_limit: number | null;
  max_in_flight: number | null;
  lag_within_seconds: number | null;
  lag_objective: number | null;
  lag_within: number | null;
  lag_total: number | null;
  delivery_lag: Lag | null;
  last_delivered: string | null;
  last_failure: Failure | null;
}

export interface Node {
  tag: string;
  name: string;
  this_node: boolean;
  state: 'alive' | 'silent' | 'adopted';
  // Where its admin listener is, if the others know.
  admin: string | null;
  heard_seconds_ago: number | null;
  adopted_by: string | null;
  accepted: number;
  pending: number;
  dead: number;
}

export interface Fate {
  destination: string;
  state: State;
}

export interface EventMembers {
  event_id: string;
  source: string;
  received: string;
  body_bytes: number;
}

export interface ListedEvent extends EventMembers {
  deliveries: Fate[];
}

export interface DeliveryMembers {
  destination: string;
  state: State;
  reason: Reason | null;
  generation: number;
  attempts_made: number;
  last_status: number | null;
  order: 'none' | 'per_key' | 'latest';
  blocked: boolean;
  parked: boolean;
  out_of_order: boolean;
  custody: 'local' | 'handing' | 'kafka' | 'replicating';
  opened: string;
  updated: string;
  due: string | null;
}

export type Outcome = 'delivered' | 'rejected' | 'deferred' | 'unknown';

export interface Attempt {
  generation: number;
  number: number;
  started: string;
  took_seconds: number;
  outcome: Outcome;
  status: number | null;
  error: string | null;
  response_excerpt: string | null;
}

export interface Delivery extends DeliveryMembers {
  attempts: Attempt[];
}

export interface Event extends EventMembers {
  untouched: boolean;
  headers: { name: string; value: string }[];
  deliveries: Delivery[];
}

export type DeadLetter = EventMembers & DeliveryMembers & { last_failure: Failure | null };

export type RecentAttempt = Attempt & { event_id: string };

export interface DeliveryName {
  event_id: string;
  destination: string;
}

export interface DeliveryFilter {
  destination?: string;
  source?: string;
  state?: 'dead' | 'expired' | 'delivered';
  reason?: Reason;
  received_from?: string;
  received_to?: string;
}

export interface EventFilter {
  source?: string;
  idempotency_key?: string;
  ordering_key?: string;
  json?: { pointer: string; value: string | number | boolean };
}

// What another node of the cluster came to.
export interface OtherNode {
  node: string;
  done: boolean;
  error?: string;
  answer?: Record<string, unknown>;
}

export interface DryRun {
  examined: number;
  matched: number;
  complete: boolean;
  nodes?: OtherNode[];
}

export interface Refused extends DeliveryName {
  why: string;
}

export interface Job {
  id: number;
  kind: 'replay' | 'drop' | 'purge';
  filter: Record<string, unknown>;
  rate: number | null;
  state: 'running' | 'done' | 'cancelled' | 'failed';
  failure: string | null;
  asked_by: string;
  created: string;
  finished: string | null;
  examined: number;
  matched: number;
  done: number;
  skipped: number;
  // Only of one that was just asked for.
  nodes?: OtherNode[];
}

export interface Trial {
  destination: string;
  event_id: string;
  delivered: boolean;
  status: number | null;
  failure: 'ours' | 'dns' | 'egress' | 'connect' | 'tls' | 'timeout' | 'exchange' | null;
  message: string | null;
  took_seconds: number;
  address: string | null;
  response_excerpt: string | null;
}

export interface ReplayResult {
  event_id: string;
  reopened: { destination: string; generation: number }[];
  unchanged: Fate[];
}

export interface Audit {
  balanced: boolean;
  unaccounted: number;
  as_of: string;
  destinations: Record<string, Counts>;
  scan: {
    events: number;
    deliveries: number;
    problem_count: number;
    problems: string[];
  } | null;
}

export interface Session {
  name: string;
  role: 'operator' | 'viewer';
  via: 'cookie' | 'token' | 'open' | 'node';
  expires_at: string | null;
}

export interface Action {
  id: number;
  at: string;
  who: string;
  role: string;
  remote: string | null;
  action: string;
  target: string | null;
  detail: string | null;
  outcome: string;
}

export interface HistorySample {
  accepted: number | null;
  delivered: number | null;
  failed: number | null;
  dead: number | null;
  pending: number | null;
  oldest_pending_seconds: number | null;
  lag_p50_seconds: number | null;
  lag_p99_seconds: number | null;
}

export interface History {
  step_seconds: number;
  // Null while no step is over.
  from: string | null;
  samples: HistorySample[];
}

export interface Page {
  scanned: number;
  next_cursor: string | null;
}

export interface Config {
  file: string | null;
  loaded_at: string;
  last_reload: {
    at: string;
    ok: boolean;
    error: string | null;
    needs_restart: string[];
  } | null;
  sources: Record<string, unknown>[];
  destinations: Record<string, unknown>[];
  routes: Record<string, unknown>[];
}
