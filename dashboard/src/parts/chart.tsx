// A line chart over time (uPlot), in the colours of the page, with its last values as its legend.
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { lastKnown, type Sample } from '../logic/series';
import { useStore } from '../store';
import { theme } from './theme';

export interface Line {
  member: Exclude<keyof Sample, 'at'>;
  label: string;
  // One of the CSS variables --line-*.
  colour: 'blue' | 'green' | 'amber' | 'red' | 'violet';
}

interface ChartProps {
  title: string;
  samples: Sample[];
  lines: Line[];
  format: (value: number | null) => string;
  // Of the axis, where that is to be shorter.
  formatAxis?: (value: number) => string;
  // The axis goes up to this at least, so that next to nothing looks like it.
  least: number;
  unit: 'number' | 'seconds';
}

const HEIGHT = 150;
// Between two lines of the grid, as clocks count.
const ROUND_SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000,
];

export function Chart(
  { title, samples, lines, format, formatAxis = format, least, unit }: ChartProps,
): JSX.Element {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = dataOf(samples, lines);
  const chosen = useStore(theme);
  const shape = lines.map((line) => line.member).join();
  const empty = samples.length < 2;

  useEffect(() => {
    const element = holder.current;
    if (element === null || empty) {
      return;
    }
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(
        optionsOf(lines, { format, formatAxis, least, unit }, element.clientWidth), data.current,
        element);
    };
    make();
    const observer = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', make);
    return () => {
      dark.removeEventListener('change', make);
      observer.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
    // A chart's lines and format are constants of its page; `shape` tells them apart.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shape, empty, chosen]);

  useEffect(() => {
    plot.current?.setData(data.current);
  }, [samples]);

  const legend = lines.map((line) => ({ ...line, value: format(lastKnown(samples, line.member)) }));
  return (
    <figure class="chart">
      <figcaption>
        <b>{title}</b>
        {legend.map(({ member, label, colour, value }) => (
          <span key={member} class={`legend line-${colour}`}>
            <i aria-hidden="true" />{label} <b>{value}</b>
          </span>
        ))}
      </figcaption>
      <div
        ref={holder}
        class="plot"
        role="img"
        aria-label={`${title}, the last hour. Now: ` +
          legend.map(({ label, value }) => `${label} ${value}`).join(', ')}
      >
        {empty && <p class="note">The line begins with the next samples.</p>}
      </div>
    </figure>
  );
}

function dataOf(samples: Sample[], lines: Line[]): uPlot.AlignedData {
  return [
    samples.map((sample) => sample.at),
    ...lines.map((line) => samples.map((sample) => sample[line.member])),
  ];
}

type Axes = Pick<Required<ChartProps>, 'format' | 'formatAxis' | 'least' | 'unit'>;

function optionsOf(lines: Line[], axes: Axes, width: number): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour('--faint'),
    grid: { stroke: colour('--rule'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width: Math.max(width, 120),
    height: HEIGHT,
    cursor: { y: false, sync: { key: 'time' }, points: { size: 6 } },
    legend: { show: false },
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, axes.least)] } },
    axes: [
      { ...axis, size: 26, space: 60, values: (_plot, times) => timeLabels(times) },
      {
        ...axis,
        size: 58,
        space: 34,
        ...(axes.unit === 'seconds' ? { incrs: ROUND_SECONDS } : {}),
        values: (_plot, values) => values.map((value) => axes.formatAxis(value)),
      },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: colour(`--line-${line.colour}`),
        width: 1.5,
        points: { show: false },
        spanGaps: false,
      })),
    ],
    plugins: [tooltip(lines, axes.format)],
  };
}

function timeLabels(times: number[]): string[] {
  const seconds = times.length > 1 && (times[1] ?? 0) - (times[0] ?? 0) < 60;
  return times.map((time) => new Date(time * 1000).toLocaleTimeString('en-GB', {
    hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}),
  }));
}

// What the lines say where the pointer is.
function tooltip(lines: Line[], format: (value: number | null) => string): uPlot.Plugin {
  const box = document.createElement('div');
  box.className = 'tooltip';
  box.hidden = true;
  return {
    hooks: {
      init: (plot) => plot.over.appendChild(box),
      setCursor: (plot) => {
        const index = plot.cursor.idx;
        const at = index == null ? undefined : plot.data[0][index];
        box.hidden = index == null || at === undefined || (plot.cursor.left ?? -1) < 0;
        if (box.hidden || index == null || at === undefined) {
          return;
        }
        box.textContent = [
          new Date(at * 1000).toLocaleTimeString(),
          ...lines.map((line, position) =>
            `${line.label} ${format(plot.data[position + 1]?.[index] ?? null)}`),
        ].join('\n');
        const left = plot.cursor.left ?? 0;
        const right = left > plot.over.clientWidth / 2;
        box.style.left = right ? '' : `${left + 12}px`;
        box.style.right = right ? `${plot.over.clientWidth - left + 12}px` : '';
      },
    },
  };
}
