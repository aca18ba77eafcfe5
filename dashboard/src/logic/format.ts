// Numbers, times and sizes as people read them. Pure.

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function count(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : whole.format(value);
}

// Short enough for a tile: 1,234 · 12.3k · 4.56M.
export function brief(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return '–';
  }
  if (Math.abs(value) < 10_000) {
    return whole.format(value);
  }
  for (const [unit, size] of [['G', 1e9], ['M', 1e6], ['k', 1e3]] as const) {
    if (Math.abs(value) >= size) {
      return `${threeDigits(value / size)}${unit}`;
    }
  }
  return whole.format(value);
}

function threeDigits(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

export function perSecond(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return '–';
  }
  if (value === 0) {
    return '0/s';
  }
  return `${value < 10 ? value.toFixed(1) : brief(Math.round(value))}/s`;
}

// 0.4 ms · 12 ms · 1.25 s · 42 s · 3 min 5 s · 2 h 14 min · 3 d 4 h.
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) {
    return '–';
  }
  const s = Math.max(0, seconds);
  if (s < 0.01) {
    return `${(s * 1000).toFixed(s < 0.001 ? 2 : 1)} ms`;
  }
  if (s < 1) {
    return `${Math.round(s * 1000)} ms`;
  }
  if (s < 10) {
    return `${s.toFixed(1).replace(/\.0$/, '')} s`;
  }
  if (s < 60) {
    return `${Math.floor(s)} s`;
  }
  if (s < 3600) {
    return twoUnits(Math.floor(s / 60), 'min', Math.floor(s % 60), 's');
  }
  if (s < 86_400) {
    return twoUnits(Math.floor(s / 3600), 'h', Math.floor((s % 3600) / 60), 'min');
  }
  return twoUnits(Math.floor(s / 86_400), 'd', Math.floor((s % 86_400) / 3600), 'h');
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

// The same for an axis, in one unit: 40 s · 3.3 min · 1.5 h.
export function axisDuration(seconds: number): string {
  if (seconds === 0) {
    return '0';
  }
  for (const [unit, size] of [['d', 86_400], ['h', 3600], ['min', 60]] as const) {
    if (seconds >= size) {
      return `${(seconds / size).toFixed(1).replace(/\.0$/, '')} ${unit}`;
    }
  }
  return duration(seconds).replace(/\.0+ /, ' ');
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return '–';
  }
  if (value < 1024) {
    return `${value} B`;
  }
  let size = value;
  for (const unit of ['KiB', 'MiB', 'GiB', 'TiB']) {
    size /= 1024;
    if (size < 1024 || unit === 'TiB') {
      return `${threeDigits(size)} ${unit}`;
    }
  }
  return '';
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) {
    return '–';
  }
  const value = share * 100;
  // 99.97 must not read as 100.
  const digits = value > 99 && value < 100 ? 2 : 1;
  return `${Math.min(value, value < 100 ? 99.99 : 100).toFixed(digits).replace(/\.0+$/, '')} %`;
}

const two = (value: number): string => String(value).padStart(2, '0');

// Of the reader's own time zone; with the day if it is not today's.
export function clock(time: string | Date | null | undefined, now: Date): string {
  if (time === null || time === undefined) {
    return '–';
  }
  const at = typeof time === 'string' ? new Date(time) : time;
  if (Number.isNaN(at.getTime())) {
    return '–';
  }
  const hours = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return at.toDateString() === now.toDateString() ? hours : `${day(at)} ${hours}`;
}

function day(at: Date): string {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

export function fullTime(time: string | null | undefined): string {
  if (time === null || time === undefined) {
    return '–';
  }
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) {
    return time;
  }
  const minutes = -at.getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  const offset = `${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  const millis = String(at.getMilliseconds()).padStart(3, '0');
  return `${day(at)} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}` +
    `.${millis} ${offset}`;
}

export function secondsSince(time: string, now: Date): number {
  return (now.getTime() - new Date(time).getTime()) / 1000;
}

export function ago(time: string | null | undefined, now: Date): string {
  return time === null || time === undefined ? '–' : `${duration(secondsSince(time, now))} ago`;
}

// Every id of one time begins alike; what differs is at the end, and the time in front.
export function shortId(id: string): string {
  return id.length > 20 ? `${id.slice(0, 13)}…${id.slice(-6)}` : id;
}

export function plural(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

// A value of <input type="datetime-local">, in the reader's time zone, as the API takes it.
export function fromLocalInput(value: string): string | undefined {
  if (value === '') {
    return undefined;
  }
  const at = new Date(value);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
