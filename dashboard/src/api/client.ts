// One request to the admin API. Whatever goes wrong is an ApiError that says what to tell a person.

export class ApiError extends Error {
  constructor(
    // 0: there was no answer.
    readonly status: number,
    message: string,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  get unreachable(): boolean {
    return this.status === 0;
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

// Called with every 401, from wherever it comes: the session is over.
let signedOut: () => void = () => undefined;

export function onSignedOut(handler: () => void): void {
  signedOut = handler;
}

export function withQuery(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') {
      parameters.set(name, String(value));
    }
  }
  const text = parameters.toString();
  return text === '' ? path : `${path}?${text}`;
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  const response = await send('GET', withQuery(path, query), undefined, signal);
  return (await response.json()) as T;
}

export async function post<T>(path: string, body?: unknown): Promise<T> {
  const response = await send('POST', path, body);
  return (await response.json()) as T;
}

export async function remove(path: string): Promise<void> {
  await send('DELETE', path);
}

export async function getBytes(
  path: string, signal?: AbortSignal,
): Promise<{ bytes: Uint8Array; contentType: string }> {
  const response = await send('GET', path, undefined, signal);
  return {
    bytes: new Uint8Array(await response.arrayBuffer()),
    contentType: response.headers.get('Spillway-Content-Type') ?? '',
  };
}

async function send(
  method: string, path: string, body?: unknown, signal?: AbortSignal,
): Promise<Response> {
  const init: RequestInit = { method, credentials: 'same-origin', cache: 'no-store' };
  if (signal) {
    init.signal = signal;
  }
  if (body !== undefined) {
    init.headers = { 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === 'AbortError') {
      throw failure;
    }
    throw new ApiError(
      0, 'The node does not answer. It may be restarting, or the network is gone.');
  }
  if (!response.ok) {
    if (response.status === 401 && path !== '/v1/session') {
      signedOut();
    }
    throw await problemOf(response);
  }
  return response;
}

async function problemOf(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const seconds = Number.isFinite(retryAfter) ? retryAfter : null;
  try {
    const problem = (await response.json()) as { detail?: unknown; title?: unknown };
    const text = [problem.detail, problem.title].find(
      (member): member is string => typeof member === 'string' && member !== '');
    if (text !== undefined) {
      return new ApiError(response.status, sentence(text), seconds);
    }
  } catch {
    // No problem document: a proxy between may have answered.
  }
  return new ApiError(response.status, `The node answered ${response.status}.`, seconds);
}

function sentence(said: string): string {
  const text = said.trim();
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

export function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
