// Addresses are hashes, so that the server knows one page: #/destinations/acme,
// #/events?source=shop.
import type { Query } from '../api/client';

export interface Place {
  path: string[];
  query: URLSearchParams;
}

export function parseHash(hash: string): Place {
  const text = hash.replace(/^#/, '');
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  return {
    path: path.split('/').filter((part) => part !== '').map(decoded),
    query: new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1)),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;  // typed by hand
  }
}

export function hashOf(path: string[], query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') {
      parameters.set(name, String(value));
    }
  }
  const text = parameters.toString();
  return `#/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

export const toDestination = (name: string): string => hashOf(['destinations', name]);
export const toEvent = (id: string): string => hashOf(['events', id]);
export const toJob = (id: number): string => hashOf(['jobs', String(id)]);
