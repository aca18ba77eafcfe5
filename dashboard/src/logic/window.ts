// Which rows of a long table are worth making: those in view and a few around them. Pure.

export interface Window {
  first: number;
  end: number;  // exclusive
  before: number;  // px of the rows above that are not made
  after: number;
}

const AROUND = 12;

export function visibleRows(
  rows: number, rowHeight: number, scrollTop: number, viewHeight: number,
): Window {
  const top = Math.max(0, Math.floor(scrollTop / rowHeight) - AROUND);
  const first = Math.min(top, Math.max(0, rows - 1));
  const end = Math.min(rows, Math.ceil((scrollTop + viewHeight) / rowHeight) + AROUND);
  const last = Math.max(first, end);
  return { first, end: last, before: first * rowHeight, after: (rows - last) * rowHeight };
}
