// A table of any length: only the rows in view are made. Rows have one height, so that this is a
// matter of division. It scrolls within itself, its head stays.
import type { ComponentChildren, JSX, TargetedKeyboardEvent } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { visibleRows } from '../logic/window';

export interface Column<T> {
  id: string;
  head: ComponentChildren;
  cell: (row: T, index: number) => ComponentChildren;
  // Numbers stand to the right; what a phone has no room for is left out there.
  kind?: 'number' | 'text';
  narrow?: 'hide';
  width?: string;
}

interface TableProps<T> {
  label: string;
  rows: readonly T[];
  columns: Column<T>[];
  keyOf: (row: T) => string;
  // How many there are where not all are loaded; -1: not known.
  total?: number;
  rowClass?: (row: T) => string;
  // Shown from its top again when this changes: other rows were asked for.
  about?: string;
  // The end is nearly in view: there may be more to load.
  onNearEnd?: () => void;
  // How much of the screen it may take before it scrolls within; most of it, if not said.
  size?: 'half' | 'whole';
}

const ROW_HEIGHT = 34;
const NEAR_ROWS = 30;

export function Table<T>(props: TableProps<T>): JSX.Element {
  const { rows, columns, onNearEnd, total = props.rows.length } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 800 });
  const pending = useRef(0);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) {
      return;
    }
    const measure = () => {
      pending.current = 0;
      setView((before) =>
        before.top === element.scrollTop && before.height === element.clientHeight
          ? before : { top: element.scrollTop, height: element.clientHeight });
    };
    const later = () => {
      pending.current ||= requestAnimationFrame(measure);
    };
    measure();
    element.addEventListener('scroll', later, { passive: true });
    const observer = new ResizeObserver(later);
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', later);
      observer.disconnect();
      cancelAnimationFrame(pending.current);
      pending.current = 0;
    };
  }, []);

  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [props.about]);

  const window = visibleRows(rows.length, ROW_HEIGHT, view.top, view.height);
  const nearEnd = window.end >= rows.length - NEAR_ROWS;
  useEffect(() => {
    if (nearEnd) {
      onNearEnd?.();
    }
  }, [nearEnd, onNearEnd]);

  return (
    <div
      class={props.size === undefined ? 'table-scroll' : `table-scroll ${props.size}`}
      ref={scroller}
      tabIndex={0}
      role="group"
      aria-label={props.label}
      onKeyDown={moveBetweenRows}
    >
      <table aria-rowcount={total < 0 ? -1 : total + 1}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th key={column.id} scope="col" class={classOf(column)}
                style={column.width === undefined ? undefined : { width: column.width }}>
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer height={window.before} />
          {rows.slice(window.first, window.end).map((row, offset) => (
            <tr
              key={props.keyOf(row)}
              aria-rowindex={window.first + offset + 2}
              class={props.rowClass?.(row)}
            >
              {columns.map((column) => (
                <td key={column.id} class={classOf(column)}>
                  {column.cell(row, window.first + offset)}
                </td>
              ))}
            </tr>
          ))}
          <Spacer height={window.after} />
        </tbody>
      </table>
    </div>
  );
}

function classOf<T>(column: Column<T>): string {
  return [column.kind === 'number' ? 'number' : '', column.narrow === 'hide' ? 'wide-only' : '']
    .filter((name) => name !== '').join(' ');
}

function Spacer({ height }: { height: number }): JSX.Element | null {
  return height <= 0 ? null
    : <tr class="spacer" aria-hidden="true"><td style={{ height }} /></tr>;
}

// Up and down go from a row's link to that of the next one.
function moveBetweenRows(event: TargetedKeyboardEvent<HTMLDivElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') {
    return;
  }
  const row = (event.target as HTMLElement).closest('tbody tr');
  const selector = (event.target as HTMLElement).matches('input') ? 'input' : 'a, button';
  let next = event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
  if (row === null) {
    next = event.currentTarget.querySelector('tbody tr:not(.spacer)');
  }
  const target = next?.querySelector<HTMLElement>(selector);
  if (target) {
    event.preventDefault();
    target.focus();
  }
}
