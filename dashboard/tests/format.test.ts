import { describe, expect, it } from 'vitest';

import * as format from '../src/logic/format';

describe('a duration', () => {
  it.each([
    [null, '–'], [0, '0.00 ms'], [0.0004, '0.40 ms'], [0.0042, '4.2 ms'], [0.25, '250 ms'],
    [1.25, '1.3 s'], [2, '2 s'], [42.9, '42 s'], [60, '1 min'], [185, '3 min 5 s'],
    [8040, '2 h 14 min'], [273_600, '3 d 4 h'],
  ])('of %s s reads %s', (seconds, text) => {
    expect(format.duration(seconds)).toBe(text);
  });

  it.each([[0, '0'], [30, '30 s'], [200, '3.3 min'], [7200, '2 h'], [129_600, '1.5 d']])(
    'of %s s on an axis reads %s', (seconds, text) => {
      expect(format.axisDuration(seconds)).toBe(text);
    });
});

describe('a number', () => {
  it('is short in a tile', () => {
    expect([9999, 12_345, 4_560_000, 7_800_000_000].map(format.brief))
      .toEqual(['9,999', '12.3k', '4.56M', '7.80G']);
  });

  it('of bytes has a unit', () => {
    expect([512, 2048, 3 * 1024 ** 3].map(format.bytes)).toEqual(['512 B', '2.00 KiB', '3.00 GiB']);
  });

  it('of a share never reads as whole when it is not', () => {
    expect([1, 0.99999, 0.9997, 0.5, 0].map(format.percent))
      .toEqual(['100 %', '99.99 %', '99.97 %', '50 %', '0 %']);
  });

  it('stands with its word', () => {
    expect(format.plural(1, 'event')).toBe('1 event');
    expect(format.plural(1200, 'delivery', 'deliveries')).toBe('1,200 deliveries');
  });
});

describe('a time', () => {
  const now = new Date(2026, 10, 29, 12, 0, 0);

  it('has its day only if it is not today', () => {
    expect(format.clock(new Date(2026, 10, 29, 9, 5, 7), now)).toBe('09:05:07');
    expect(format.clock(new Date(2026, 10, 28, 9, 5, 7), now)).toBe('2026-11-28 09:05:07');
    expect(format.clock('nonsense', now)).toBe('–');
  });

  it('of a form is sent as UTC', () => {
    const local = '2026-11-29T12:30';
    expect(format.fromLocalInput(local)).toBe(new Date(local).toISOString());
    expect(format.fromLocalInput('')).toBeUndefined();
  });
});
