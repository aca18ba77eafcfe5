// Keeps what the pages show up to date: over /v1/stream where it can, by asking every few seconds
// where it cannot, and says which, and since when what is shown is old. Everything it touches of
// the world is handed in, so that its tests need neither a browser nor time.
import type { Destination, Job, Summary } from '../api/types';

export type Liveness = 'connecting' | 'live' | 'polling' | 'stale';

export interface Snapshot {
  summary: Summary | null;
  destinations: Destination[] | null;
  jobs: Job[] | null;
}

export interface Source {
  close(): void;
}

export interface SourceHandlers {
  event(kind: 'summary' | 'destinations' | 'jobs', data: string): void;
  // It has ended, and does not come back by itself.
  ended(): void;
}

export interface World {
  open(handlers: SourceHandlers): Source;
  poll(): Promise<Partial<Snapshot>>;
  now(): number;  // ms
  every(milliseconds: number, task: () => void): () => void;
}

export interface FeedState {
  liveness: Liveness;
  // When the newest of what is shown came, ms; 0: nothing yet.
  heardAt: number;
  error: string | null;
}

export const POLL_MS = 5_000;
export const STALE_MS = 12_000;
const TICK_MS = 1_000;
const REOPEN_MS = 5_000;
const REOPEN_MAX_MS = 60_000;

export class Feed {
  private source: Source | null = null;
  private streamed = 0;  // when the stream last said something
  private polled = 0;    // when a poll was last begun
  private polling = false;
  private heardAt = 0;
  private startedAt = 0;
  private reopenAt = 0;
  private reopenAfter = REOPEN_MS;
  private error: string | null = null;
  private stopTicking: (() => void) | null = null;

  constructor(
    private readonly world: World,
    private readonly take: (part: Partial<Snapshot>) => void,
    private readonly show: (state: FeedState) => void,
  ) {}

  start(): void {
    this.startedAt = this.world.now();
    this.stopTicking ??= this.world.every(TICK_MS, () => this.tick());
    this.tick();
  }

  stop(): void {
    this.stopTicking?.();
    this.stopTicking = null;
    this.source?.close();
    this.source = null;
  }

  // Something was done: look at once what came of it.
  refresh(): void {
    void this.poll();
  }

  private tick(): void {
    const now = this.world.now();
    if (this.source === null && now >= this.reopenAt) {
      this.open();
    }
    const quiet = now - this.streamed >= POLL_MS;
    if (quiet && now - this.polled >= POLL_MS) {
      void this.poll();
    }
    this.tell();
  }

  private open(): void {
    this.source = this.world.open({
      event: (kind, data) => this.heard(kind, data),
      ended: () => {
        this.source?.close();
        this.source = null;
        this.reopenAt = this.world.now() + this.reopenAfter;
        this.reopenAfter = Math.min(this.reopenAfter * 2, REOPEN_MAX_MS);
      },
    });
  }

  private heard(kind: keyof Snapshot, data: string): void {
    const content = JSON.parse(data) as Record<string, unknown>;
    const now = this.world.now();
    this.streamed = now;
    this.heardAt = now;
    this.error = null;
    this.reopenAfter = REOPEN_MS;
    this.take(kind === 'summary' ? { summary: content as unknown as Summary }
      : kind === 'destinations' ? { destinations: content['destinations'] as Destination[] }
        : { jobs: content['jobs'] as Job[] });
    this.tell();
  }

  private async poll(): Promise<void> {
    if (this.polling) {
      return;
    }
    this.polling = true;
    this.polled = this.world.now();
    try {
      this.take(await this.world.poll());
      this.heardAt = this.world.now();
      this.error = null;
    } catch (failure) {
      this.error = failure instanceof Error ? failure.message : String(failure);
    }
    this.polling = false;
    this.tell();
  }

  private tell(): void {
    const now = this.world.now();
    this.show({ liveness: this.liveness(now), heardAt: this.heardAt, error: this.error });
  }

  private liveness(now: number): Liveness {
    if (now - this.heardAt > STALE_MS) {
      const asking = this.error === null && now - this.startedAt <= STALE_MS;
      return asking ? 'connecting' : 'stale';
    }
    return now - this.streamed < POLL_MS ? 'live' : 'polling';
  }
}
