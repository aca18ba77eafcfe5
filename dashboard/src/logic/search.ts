// What the forms ask for, as it stands in an address. Pure.
import type { DeliveryFilter, EventFilter, Reason } from '../api/types';
import { REASONS } from '../api/types';
import { duration, fromLocalInput } from './format';

const SEARCH = [
  'idempotency_key', 'ordering_key', 'source', 'destination', 'state', 'from', 'to',
] as const;
export type Search = Record<(typeof SEARCH)[number], string>;

export function searchOf(query: URLSearchParams): Search {
  return Object.fromEntries(SEARCH.map((member) => [member, query.get(member) ?? ''])) as Search;
}

export function isEventId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text.trim());
}

const DEAD = ['destination', 'source', 'state', 'reason', 'from', 'to'] as const;
export type DeadSearch = Record<(typeof DEAD)[number], string>;

export function deadSearchOf(query: URLSearchParams): DeadSearch {
  return Object.fromEntries(DEAD.map((member) => [member, query.get(member) ?? ''])) as DeadSearch;
}

// The same as what a job takes. What a list cannot be asked for, a job can: source and time.
export function filterOf(search: DeadSearch): DeliveryFilter {
  const filter: DeliveryFilter = {};
  if (search.destination !== '') {
    filter.destination = search.destination;
  }
  if (search.source !== '') {
    filter.source = search.source;
  }
  if (search.state === 'expired') {
    filter.state = 'expired';
  }
  const reason = REASONS.find((known) => known === search.reason);
  if (reason !== undefined) {
    filter.reason = reason;
  }
  const from = fromLocalInput(search.from);
  const to = fromLocalInput(search.to);
  if (from !== undefined) {
    filter.received_from = from;
  }
  if (to !== undefined) {
    filter.received_to = to;
  }
  return filter;
}

export function filterWords(filter: Record<string, unknown>): string {
  const words = Object.entries(filter)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name.replaceAll('_', ' ')} ${valueWords(value)}`);
  return words.length === 0 ? 'everything' : words.join(', ');
}

// Why a delivery can be dead or expired.
export const DEAD_REASONS: Reason[] = ['exhausted', 'rejected', 'no_route', 'malformed', 'ttl'];

export type PurgeBy = 'idempotency_key' | 'ordering_key' | 'json';

export interface PurgeDraft {
  by: PurgeBy;
  source: string;
  key: string;
  pointer: string;
  value: string;
}

// Null, with what is missing, until it can be asked for.
export function purgeFilterOf(draft: PurgeDraft): { filter: EventFilter } | { missing: string } {
  const source = draft.source.trim() === '' ? {} : { source: draft.source.trim() };
  switch (draft.by) {
    case 'idempotency_key':
      if (draft.key === '' || draft.source.trim() === '') {
        return { missing: 'An idempotency key and its source are needed.' };
      }
      return { filter: { ...source, idempotency_key: draft.key } };
    case 'ordering_key':
      if (draft.key === '') {
        return { missing: 'An ordering key is needed.' };
      }
      return { filter: { ...source, ordering_key: draft.key } };
    case 'json':
      if (!draft.pointer.startsWith('/') || draft.value === '') {
        return { missing: 'A JSON Pointer, which begins with “/”, and a value are needed.' };
      }
      return { filter: { ...source, json: { pointer: draft.pointer, value: draft.value } } };
  }
}

// What the list itself is not asked for.
export function listMatches(
  filter: DeliveryFilter, letter: { source: string; received: string },
): boolean {
  const at = new Date(letter.received).getTime();
  return (
    (filter.source === undefined || letter.source === filter.source) &&
    (filter.received_from === undefined || at >= new Date(filter.received_from).getTime()) &&
    (filter.received_to === undefined || at < new Date(filter.received_to).getTime())
  );
}

// A value of the configuration in words.
export function valueWords(value: unknown): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (Array.isArray(value)) {
    return value.map(valueWords).join(', ');
  }
  if (typeof value === 'object') {
    return Object.entries(value).map(([name, part]) => `${name} ${valueWords(part)}`).join(', ');
  }
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : `${value as string | number}`;
}

// A member whose name ends in its unit is shown with it.
export function memberWords(member: string): string {
  return member.replace(/_seconds$/, '').replace(/_per_second$/, ' a second').replaceAll('_', ' ');
}

export function memberValue(member: string, value: unknown): string {
  return member.endsWith('_seconds') && typeof value === 'number' ? duration(value)
    : valueWords(value);
}
