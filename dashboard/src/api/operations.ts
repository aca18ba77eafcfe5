// The operations of the admin API that the pages use, one function each.
import { get, getBytes, post, remove, type Query } from './client';
import type {
  Action, Audit, Config, DeadLetter, DeliveryFilter, DeliveryName, Destination, DryRun, Event,
  EventFilter, History, Job, ListedEvent, Node, Page, RecentAttempt, Refused, ReplayResult,
  Session, Summary, Trial,
} from './types';

const segment = encodeURIComponent;

export const getSession = (signal?: AbortSignal) => get<Session>('/v1/session', {}, signal);
export const beginSession = (token: string) => post<Session>('/v1/session', { token });
export const endSession = () => remove('/v1/session');

export const getSummary = (signal?: AbortSignal) => get<Summary>('/v1/summary', {}, signal);

export const getDestinations = async (signal?: AbortSignal) =>
  (await get<{ destinations: Destination[] }>('/v1/destinations', {}, signal)).destinations;

export const getNodes = async (signal?: AbortSignal) =>
  (await get<{ nodes: Node[] }>('/v1/nodes', {}, signal)).nodes;

export const forgetNode = (tag: string) =>
  post<{ forgotten: boolean }>(`/v1/nodes/${segment(tag)}/forget`);

export const getHistory = (destination: string | null, signal?: AbortSignal) =>
  get<History>('/v1/history', { destination }, signal);

export const pauseDestination = (name: string, reason: string) =>
  post<{ changed: boolean }>(
    `/v1/destinations/${segment(name)}/pause`, reason === '' ? undefined : { reason });

export const resumeDestination = (name: string) =>
  post<{ changed: boolean }>(`/v1/destinations/${segment(name)}/resume`);

export const testDestination = (name: string) =>
  post<Trial>(`/v1/destinations/${segment(name)}/test`);

export const getRecentAttempts = async (name: string, signal?: AbortSignal) =>
  (await get<{ attempts: RecentAttempt[] }>(
    `/v1/destinations/${segment(name)}/attempts`, {}, signal)).attempts;

export const getEvents = (query: Query, signal?: AbortSignal) =>
  get<{ events: ListedEvent[] } & Page>('/v1/events', query, signal);

export const getEvent = (id: string, signal?: AbortSignal) =>
  get<Event>(`/v1/events/${segment(id)}`, {}, signal);

export const getEventBody = (id: string, signal?: AbortSignal) =>
  getBytes(`/v1/events/${segment(id)}/body`, signal);

export const replayEvent = (id: string, destination: string | null, force: boolean) =>
  post<ReplayResult>(
    `/v1/events/${segment(id)}/replay`,
    { ...(destination === null ? {} : { destination }), ...(force ? { force } : {}) });

export const getDead = (query: Query, signal?: AbortSignal) =>
  get<{ deliveries: DeadLetter[] } & Page>('/v1/dead', query, signal);

export type BulkKind = 'replay' | 'drop';

export const countDead = (kind: BulkKind, filter: DeliveryFilter) =>
  post<DryRun>(`/v1/dead/${kind}`, { filter, dry_run: true });

export const beginDeadJob = (kind: BulkKind, filter: DeliveryFilter, rate: number | null) =>
  post<Job>(`/v1/dead/${kind}`, { filter, ...(rate === null ? {} : { rate }) });

export const orderDead = (kind: BulkKind, deliveries: DeliveryName[]) =>
  post<{ reopened?: number; dropped?: number; refused: Refused[] }>(
    `/v1/dead/${kind}`, { deliveries });

export const countPurge = (filter: EventFilter) =>
  post<DryRun>('/v1/purge', { filter, dry_run: true });

export const beginPurge = (filter: EventFilter, rate: number | null) =>
  post<Job>('/v1/purge', { filter, ...(rate === null ? {} : { rate }) });

export const getJobs = async (signal?: AbortSignal) =>
  (await get<{ jobs: Job[] }>('/v1/jobs', {}, signal)).jobs;

export const getJob = (id: number, signal?: AbortSignal) =>
  get<Job>(`/v1/jobs/${id}`, {}, signal);

export const cancelJob = (id: number) => post<Job>(`/v1/jobs/${id}/cancel`);

export const getAudit = (scan: boolean, signal?: AbortSignal) =>
  get<Audit>('/v1/audit', scan ? { scan } : {}, signal);

export const getActions = (cursor: string | null, signal?: AbortSignal) =>
  get<{ actions: Action[] } & Page>('/v1/actions', { limit: 200, cursor }, signal);

export const getConfig = (signal?: AbortSignal) => get<Config>('/v1/config', {}, signal);

export const reloadConfig = () => post<{ needs_restart: string[] }>('/v1/config/reload');
