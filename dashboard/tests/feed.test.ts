import { beforeEach, describe, expect, it, vi } from 'vitest';

import {
  Feed, POLL_MS, STALE_MS, type FeedState, type Snapshot, type SourceHandlers, type World,
} from '../src/live/feed';
import { summary } from './make';

class FakeWorld implements World {
  time = 1_000_000;
  opened: { handlers: SourceHandlers; closed: boolean }[] = [];
  polls = 0;
  failing = false;
  private ticks: { due: number; task: () => void; every: number }[] = [];

  open(handlers: SourceHandlers) {
    const source = { handlers, closed: false };
    this.opened.push(source);
    return { close: () => { source.closed = true; } };
  }

  poll(): Promise<Partial<Snapshot>> {
    this.polls += 1;
    return this.failing ? Promise.reject(new Error('no answer'))
      : Promise.resolve({ summary: summary() });
  }

  now() {
    return this.time;
  }

  every(milliseconds: number, task: () => void) {
    const tick = { due: this.time + milliseconds, task, every: milliseconds };
    this.ticks.push(tick);
    return () => {
      this.ticks = this.ticks.filter((each) => each !== tick);
    };
  }

  async pass(milliseconds: number) {
    const end = this.time + milliseconds;
    for (;;) {
      const next = this.ticks.filter((tick) => tick.due <= end).sort((a, b) => a.due - b.due)[0];
      if (next === undefined) {
        break;
      }
      this.time = next.due;
      next.due += next.every;
      next.task();
      await settle();
    }
    this.time = end;
  }

  get source() {
    const last = this.opened.at(-1);
    if (last === undefined) {
      throw new Error('nothing was opened');
    }
    return last;
  }
}

async function settle() {
  for (let turn = 0; turn < 5; turn += 1) {
    await Promise.resolve();
  }
}

describe('the feed', () => {
  let world: FakeWorld;
  let state: FeedState;
  let take: ReturnType<typeof vi.fn<(part: Partial<Snapshot>) => void>>;
  let feed: Feed;

  beforeEach(async () => {
    world = new FakeWorld();
    take = vi.fn<(part: Partial<Snapshot>) => void>();
    feed = new Feed(world, take, (now) => { state = now; });
    feed.start();
    await settle();
  });

  const stream = () =>
    world.source.handlers.event('summary', JSON.stringify(summary({ node: 'streamed' })));

  it('asks at once, and is live when the stream speaks', async () => {
    expect(world.polls).toBe(1);
    stream();
    expect(state.liveness).toBe('live');
    expect(take).toHaveBeenLastCalledWith({ summary: summary({ node: 'streamed' }) });
    await world.pass(2000);
    expect(world.polls).toBe(1);
  });

  it('hands on what is inside the objects of destinations and jobs', () => {
    world.source.handlers.event('destinations', '{"destinations":[]}');
    expect(take).toHaveBeenLastCalledWith({ destinations: [] });
    world.source.handlers.event('jobs', '{"jobs":[]}');
    expect(take).toHaveBeenLastCalledWith({ jobs: [] });
  });

  it('asks every few seconds where there is no stream, and says so', async () => {
    world.source.handlers.ended();
    await world.pass(POLL_MS * 3);
    expect(world.polls).toBeGreaterThanOrEqual(3);
    expect(state.liveness).toBe('polling');
  });

  it('tries the stream again, less and less often', async () => {
    world.source.handlers.ended();
    await world.pass(6000);
    expect(world.opened).toHaveLength(2);
    world.source.handlers.ended();
    await world.pass(6000);
    expect(world.opened).toHaveLength(2);
    await world.pass(6000);
    expect(world.opened).toHaveLength(3);
    expect(world.opened[0]?.closed).toBe(true);
  });

  it('is stale when nothing comes any more, since the last that came', async () => {
    stream();
    const heard = world.time;
    world.failing = true;
    await world.pass(STALE_MS + 2000);
    expect(state).toEqual({ liveness: 'stale', heardAt: heard, error: 'no answer' });
    stream();
    expect(state.liveness).toBe('live');
  });

  it('looks at once when something was done', () => {
    stream();
    feed.refresh();
    expect(world.polls).toBe(2);
  });

  it('asks at once when it is looked at again, and is not stale for that', async () => {
    stream();
    feed.stop();
    await world.pass(600_000);
    const before = world.polls;
    feed.start();
    expect(state.liveness).toBe('connecting');
    await settle();
    expect(world.polls).toBe(before + 1);
    expect(state.liveness).toBe('polling');
    expect(world.source.closed).toBe(false);
  });

  it('ends with the session', async () => {
    feed.stop();
    expect(world.source.closed).toBe(true);
    await world.pass(60_000);
    expect([world.polls, world.opened.length]).toEqual([1, 1]);
  });
});
