// A list that comes in pages by cursor: a page may hold nothing although more match. Pure but for
// the asking, which is handed in.

export interface ListPage<T> {
  items: T[];
  next: string | null;
  scanned: number;
}

export interface Listed<T> {
  items: T[];
  next: string | null;
  scanned: number;
  complete: boolean;
}

// So many requests in a row at most before a person is asked whether to look further.
export const PAGES_IN_A_ROW = 20;

export async function readOn<T>(
  before: Listed<T> | null,
  wanted: number,
  ask: (cursor: string | null) => Promise<ListPage<T>>,
): Promise<Listed<T>> {
  let { items, next, scanned } = before ?? { items: [] as T[], next: null, scanned: 0 };
  const found: T[] = [];
  for (let request = 0; request < PAGES_IN_A_ROW; request += 1) {
    const page = await ask(next);
    found.push(...page.items);
    next = page.next;
    scanned += page.scanned;
    if (next === null || found.length >= wanted) {
      break;
    }
  }
  items = items.length === 0 ? found : items.concat(found);
  return { items, next, scanned, complete: next === null };
}
