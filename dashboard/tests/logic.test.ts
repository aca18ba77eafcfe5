import { describe, expect, it } from 'vitest';

import { withQuery } from '../src/api/client';
import { bodyText, prettyJson, SHOWN_BYTES } from '../src/logic/body';
import { imbalance, worstFirst } from '../src/logic/books';
import { begunWords, together } from '../src/logic/nodes';
import { PAGES_IN_A_ROW, readOn } from '../src/logic/paging';
import { hashOf, parseHash, toDestination } from '../src/logic/router';
import {
  deadSearchOf, filterOf, listMatches, memberValue, memberWords, purgeFilterOf,
} from '../src/logic/search';
import { inParts, Selection } from '../src/logic/selection';
import { sparkPoints } from '../src/logic/spark';
import { visibleRows } from '../src/logic/window';
import { counts } from './make';

describe('an address', () => {
  it('comes back as it was made, whatever the name', () => {
    const name = 'a/b c?d#é%';
    const place = parseHash(toDestination(name));
    expect(place.path).toEqual(['destinations', name]);
    expect(parseHash(hashOf(['events'], { source: 'x&y', state: '' })).query.toString())
      .toBe('source=x%26y');
  });

  it('typed by hand breaks nothing', () => {
    expect(parseHash('#/destinations/%E0%A4%A').path).toEqual(['destinations', '%E0%A4%A']);
    expect(parseHash('').path).toEqual([]);
  });

  it('of a request leaves out what is not asked for: an empty value is an error there', () => {
    expect(withQuery('/v1/events', { source: '', cursor: null, limit: 5 }))
      .toBe('/v1/events?limit=5');
  });
});

describe('a long table', () => {
  it('makes the rows in view and a few around them, and keeps its height', () => {
    const window = visibleRows(50_000, 34, 34 * 1000, 680);
    expect(window.first).toBe(988);
    expect(window.end).toBe(1032);
    expect(window.before + window.after + (window.end - window.first) * 34).toBe(50_000 * 34);
  });

  it('that became shorter shows its end', () => {
    expect(visibleRows(3, 34, 34 * 1000, 680)).toMatchObject({ end: 3, after: 0 });
    expect(visibleRows(0, 34, 0, 680)).toEqual({ first: 0, end: 0, before: 0, after: 0 });
  });
});

describe('a paged list', () => {
  it('goes on over pages without a match, and not for ever', async () => {
    let asked = 0;
    const empty = () => {
      asked += 1;
      return Promise.resolve({ items: [] as number[], next: `c${asked}`, scanned: 5000 });
    };
    const listed = await readOn(null, 10, empty);
    expect(asked).toBe(PAGES_IN_A_ROW);
    expect(listed).toMatchObject({ items: [], complete: false, scanned: 5000 * PAGES_IN_A_ROW });
  });

  it('ends with the last cursor and keeps what it had', async () => {
    const pages: Record<string, { items: number[]; next: string | null; scanned: number }> = {
      first: { items: [1, 2], next: 'second', scanned: 2 },
      second: { items: [3], next: null, scanned: 1 },
    };
    const ask = (cursor: string | null) => {
      const page = pages[cursor ?? 'first'];
      return page === undefined ? Promise.reject(new Error('no page')) : Promise.resolve(page);
    };
    const some = await readOn(null, 1, ask);
    expect(some).toMatchObject({ items: [1, 2], next: 'second', complete: false });
    expect(await readOn(some, 1, ask))
      .toMatchObject({ items: [1, 2, 3], complete: true, scanned: 3 });
  });
});

describe('a body', () => {
  const text = (content: string) => new TextEncoder().encode(content);

  it('is indented without being changed', () => {
    expect(prettyJson('{"a":1.50,"a":[],"b":[1,{"c":"x, {y}"}]}')).toBe(
      '{\n  "a": 1.50,\n  "a": [],\n  "b": [\n    1,\n    {\n      "c": "x, {y}"\n    }\n  ]\n}');
    expect(prettyJson('{}')).toBe('{}');
    expect(prettyJson('"\\"{"')).toBe('"\\"{"');
    expect(prettyJson('no json')).toBeNull();
  });

  it('that is no text is not shown', () => {
    expect(bodyText(new Uint8Array([0xff, 0xfe, 0x00])).raw).toBeNull();
    expect(bodyText(text('a\u0000b')).raw).toBeNull();
    expect(bodyText(text('a=1&b=2'))).toEqual({ raw: 'a=1&b=2', pretty: null, cut: false });
  });

  it('that is too long is cut, even within a character', () => {
    const long = bodyText(text('é'.repeat(SHOWN_BYTES)).subarray(1));
    expect(long.cut).toBe(true);
    expect(long.raw).not.toBeNull();
  });
});

describe('books', () => {
  it('balance, or tell by how much they do not', () => {
    expect(imbalance(counts({ pending: 2, delivered: 3 }))).toBe(0);
    expect(imbalance({ ...counts({ delivered: 3 }), accepted: 5 })).toBe(2);
  });

  it('show what needs a look first', () => {
    const fates = (['delivered', 'pending', 'dead'] as const)
      .map((state) => ({ destination: 'x', state }));
    expect(worstFirst(fates).map((fate) => fate.state)).toEqual(['dead', 'pending', 'delivered']);
  });
});

describe('a filter', () => {
  const search = (text: string) => deadSearchOf(new URLSearchParams(text));

  it('has only what was asked for', () => {
    expect(filterOf(search(''))).toEqual({});
    expect(filterOf(search('destination=acme&reason=exhausted&state=expired&source=shop')))
      .toEqual({ destination: 'acme', reason: 'exhausted', state: 'expired', source: 'shop' });
    expect(filterOf(search('reason=nonsense'))).toEqual({});
  });

  it('holds for what is listed as for the job', () => {
    const filter = filterOf(search('source=shop&from=2026-11-29T10:00&to=2026-11-29T11:00'));
    const at = (time: string) => ({ source: 'shop', received: new Date(time).toISOString() });
    expect(listMatches(filter, at('2026-11-29T10:00'))).toBe(true);
    expect(listMatches(filter, at('2026-11-29T11:00'))).toBe(false);
    expect(listMatches(filter, at('2026-11-29T09:59'))).toBe(false);
    expect(listMatches(filter, { ...at('2026-11-29T10:30'), source: 'other' })).toBe(false);
  });

  it('of a purge is never asked for in part', () => {
    const draft = { by: 'json' as const, source: '', key: '', pointer: '', value: '' };
    expect(purgeFilterOf(draft)).toHaveProperty('missing');
    expect(purgeFilterOf({ ...draft, by: 'idempotency_key', key: 'k' })).toHaveProperty('missing');
    expect(purgeFilterOf({ ...draft, pointer: '/a', value: '1' }))
      .toEqual({ filter: { json: { pointer: '/a', value: '1' } } });
    expect(purgeFilterOf({ ...draft, by: 'ordering_key', key: 'k', source: 's' }))
      .toEqual({ filter: { source: 's', ordering_key: 'k' } });
  });
});

describe('what is asked of all nodes', () => {
  const here = { examined: 5, matched: 2, complete: true };

  it('is added up, and says who did not answer', () => {
    expect(together(here)).toMatchObject({ matched: 2, nodes: 1, silent: [], complete: true });
    const all = together({
      ...here,
      nodes: [
        { node: 'b', done: true, answer: { examined: 7, matched: 3, complete: false } },
        { node: 'c', done: false, error: 'no answer' },
      ],
    });
    expect(all).toMatchObject({ matched: 5, examined: 12, nodes: 3, complete: false });
    expect(all.silent.map((other) => other.node)).toEqual(['c']);
  });

  it('is told when it has begun', () => {
    const job = { id: 4 } as Parameters<typeof begunWords>[0];
    expect(begunWords(job)).toBe('Job 4 has begun.');
    expect(begunWords({ ...job, nodes: [{ node: 'b', done: true }] }))
      .toBe('Job 4 has begun, and one on 1 other node.');
  });
});

describe('a member of the configuration', () => {
  it('is shown with its unit', () => {
    expect([memberWords('give_up_after_seconds'), memberValue('give_up_after_seconds', 259_200)])
      .toEqual(['give up after', '3 d']);
    expect(memberValue('to', ['a', 'b'])).toBe('a, b');
    expect([memberValue('otherwise', false), memberValue('ttl_seconds', null)]).toEqual(['no', '']);
  });
});

describe('a selection', () => {
  const name = (id: number) => ({ event_id: String(id), destination: 'acme' });

  it('is one for each delivery, and can be taken back', () => {
    const two = Selection.none.toggled(name(1)).toggled(name(2));
    expect(two.names()).toHaveLength(2);
    expect(two.toggled(name(1)).has(name(1))).toBe(false);
    expect(two.has({ ...name(1), destination: 'globex' })).toBe(false);
    expect(Selection.none.names()).toHaveLength(0);
  });

  it('is sent in parts that the API takes', () => {
    expect(inParts(Array.from({ length: 2500 }, (_, id) => id)).map((part) => part.length))
      .toEqual([1000, 1000, 500]);
  });
});

it('a sparkline stays within its box', () => {
  expect(sparkPoints([0, 10, 5], 80, 18)).toBe('0.0,17.0 40.0,1.0 80.0,9.0');
});
