import { Reflector } from '../../src/cache/reflector.ts';
import { ApiError } from '../../src/client/api-error.ts';
import { UnreachableError } from '../../src/client/unreachable-error.ts';
import { silentLogger } from '../../src/logger.ts';
import { GarbledWatchError } from '../../src/watch/garbled-watch-error.ts';
import { FakeClock, settle } from '../fake-clock.ts';
import { RecordingMetrics } from '../recording-metrics.ts';
import { ScriptedResource } from '../scripted-resource.ts';
import { widget } from '../widget.ts';
import type { Widget } from '../widget.ts';

describe('Reflector', () => {
  it('lists in pages, then watches from the version of the last page', async () => {
    await using test = start((resource) => {
      resource.answers.push({
        items: [widget('a', 3)],
        metadata: { resourceVersion: '10', continue: 'more' },
      });
      resource.answers.push({ items: [widget('b', 4)], metadata: { resourceVersion: '10' } });
    });
    await settle();

    expect(test.resource.lists).toMatchObject([{ limit: 500 }, { limit: 500, continue: 'more' }]);
    expect(test.seen).toEqual(['replace a@3 b@4']);
    expect(test.resource.lastWatch.options).toMatchObject({ resourceVersion: '10', timeoutSeconds: 450 });
  });

  it('gives nothing to the sink when a later page fails, and lists again', async () => {
    await using test = start((resource) => {
      resource.answers.push({
        items: [widget('a', 3)],
        metadata: { resourceVersion: '10', continue: 'more' },
      });
      resource.answers.push(refusal(410, 'Expired'));
      resource.answer(12, widget('a', 3), widget('b', 11));
    });
    await settle();
    expect(test.seen).toEqual([]);

    await test.clock.advance(1_600);

    expect(test.seen).toEqual(['replace a@3 b@11']);
  });

  it('hands on events and takes up the watch at the last version when the server ends it', async () => {
    await using test = start((resource) => resource.answer(10));
    await test.clock.advance(60_000);
    test.resource.lastWatch
      .send('ADDED', widget('a', 11))
      .send('DELETED', widget('a', 12))
      .bookmark(20)
      .end();
    await settle();

    expect(test.seen.slice(1)).toEqual(['ADDED a@11', 'DELETED a@12']);
    expect(test.resource.lastWatch.options.resourceVersion).toBe('20');
    expect(test.resource.lists).toHaveLength(1);
  });

  it('watches on at once when a connection that had worked breaks', async () => {
    await using test = start((resource) => resource.answer(10));
    await test.clock.advance(60_000);
    test.resource.lastWatch.bookmark(15).fail(new UnreachableError('GET /widgets', 'socket hang up'));
    await settle();

    expect(test.resource.watches).toHaveLength(2);
    expect(test.resource.lastWatch.options.resourceVersion).toBe('15');
    expect(test.resource.lists).toHaveLength(1);
  });

  it('lists again, after a short random time, when the version is gone', async () => {
    await using test = start((resource) => resource.answer(10, widget('a', 5)).answer(50));
    await test.clock.advance(5_000);
    test.resource.lastWatch.fail(refusal(410, 'Expired'));
    await settle();
    expect(test.resource.lists).toHaveLength(1);

    await test.clock.advance(800);

    expect(test.seen).toEqual(['replace a@5', 'replace ']);
    expect(test.resource.lastWatch.options.resourceVersion).toBe('50');
    expect(test.metrics.count('reflector_failures_total', { reason: 'gone' })).toBe(1);
  });

  it('lists again when the watch is refused as gone on opening', async () => {
    await using test = start((resource) => {
      resource.answer(10);
      resource.openErrors.push(refusal(410, 'Gone'));
    });
    await test.clock.advance(2_000);

    expect(test.resource.lists).toHaveLength(2);
  });

  it('gives up a watch after 75 s without a byte and watches on from the same version', async () => {
    await using test = start((resource) => resource.answer(10));
    await test.clock.advance(70_000);
    test.resource.lastWatch.bookmark(12);
    await test.clock.advance(74_000);
    expect(test.resource.watches).toHaveLength(1);

    await test.clock.advance(1_000);

    expect(test.resource.watches).toHaveLength(2);
    expect(test.resource.lastWatch.options.resourceVersion).toBe('12');
    expect(test.metrics.count('reflector_failures_total', { reason: 'stalled' })).toBe(1);
  });

  it('lists again after two silent watches in a row', async () => {
    await using test = start((resource) => resource.answer(10).answer(2));
    await test.clock.advance(150_000);

    expect(test.resource.lists).toHaveLength(2);
    expect(test.resource.lastWatch.options.resourceVersion).toBe('2');
  });

  it('does not trust a watch that sent garbage, and lists again', async () => {
    await using test = start((resource) => resource.answer(10));
    await test.clock.advance(5_000);
    test.resource.lastWatch.send('ADDED', widget('a', 11)).fail(new GarbledWatchError('not JSON'));
    await test.clock.advance(1_600);

    expect(test.resource.lists).toHaveLength(2);
    expect(test.metrics.count('reflector_failures_total', { reason: 'garbled' })).toBe(1);
  });

  it('waits 0.8 s, doubling up to 30 s, while the server is busy, and does not list because of it', async () => {
    await using test = start((resource) => {
      resource.answer(10);
      resource.openErrors.push(...Array.from({ length: 10 }, () => refusal(503, 'ServiceUnavailable')));
    }, 0);
    const openedAt: number[] = [];
    for (let known = 0; openedAt.length < 9;) {
      await test.clock.advance(100);
      if (test.resource.watches.length > known) openedAt.push(test.clock.monotonicMs());
      known = test.resource.watches.length;
    }

    expect(gapsOf(openedAt)).toEqual([700, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000]);
    expect(test.resource.lists).toHaveLength(1);
    expect(test.resource.lastWatch.options.resourceVersion).toBe('10');
  });

  it('keeps each wait between one and two times that, by chance, and never above 30 s', async () => {
    await using test = start((resource) => {
      resource.answers.push(refusal(503, 'ServiceUnavailable'));
    }, 0.999);
    const listedAt: number[] = [];
    for (let known = 0; listedAt.length < 7;) {
      await test.clock.advance(100);
      if (test.resource.lists.length > known) listedAt.push(test.clock.monotonicMs());
      known = test.resource.lists.length;
    }

    expect(gapsOf(listedAt)).toEqual([1_500, 3_200, 6_400, 12_800, 25_600, 30_000]);
  });

  it('lists as soon as a server that could not be reached answers again: it may have other data', async () => {
    await using test = start((resource) => resource.answer(100, widget('a', 90)));
    await test.clock.advance(60_000);
    test.resource.answers = [new UnreachableError('GET /widgets', 'ECONNREFUSED')];
    test.resource.openErrors.push(new UnreachableError('GET /widgets', 'ECONNREFUSED'));
    test.resource.lastWatch.bookmark(100).fail(new UnreachableError('GET /widgets', 'socket hang up'));
    await test.clock.advance(300_000);
    const tries = test.resource.lists.length;
    test.resource.answers = [];
    test.resource.answer(7, widget('b', 3));
    test.resource.back.resolve();

    await test.clock.advance(1_000);

    expect(test.resource.lists).toHaveLength(tries + 1);
    expect(test.seen.at(-1)).toBe('replace b@3');
    expect(test.resource.lastWatch.options.resourceVersion).toBe('7');
  });

  it('is not hurried more than once in 30 s by a server that answers others only', async () => {
    await using test = start((resource) => {
      resource.answers.push(new UnreachableError('GET /widgets', 'ECONNRESET'));
      resource.back.resolve();
    });
    await test.clock.advance(300_000);

    expect(test.resource.lists.length).toBeLessThan(60);
  });

  it('says once that something fails, and once that it works again', async () => {
    await using test = start((resource) => {
      resource.answers.push(...Array.from({ length: 8 }, () => refusal(403, 'Forbidden')));
      resource.answer(3);
    });
    await test.clock.advance(180_000);

    expect(test.log).toEqual(['warn list or watch failed; trying again', 'info list or watch works again']);
    expect(test.metrics.count('reflector_failures_total', { reason: 'refused' })).toBe(8);
  });

  it('says nothing of a watch that was broken once', async () => {
    await using test = start((resource) => resource.answer(10));
    await settle();
    test.resource.lastWatch.fail(refusal(410, 'Expired'));
    test.resource.answer(11);
    await test.clock.advance(10_000);

    expect(test.resource.watches).toHaveLength(2);
    expect(test.log).toEqual([]);
    expect(test.metrics.count('reflector_failures_total', { reason: 'gone' })).toBe(1);
  });

  it('says once that a server ends every watch at once, and once that a watch lasts', async () => {
    await using test = start((resource) => resource.answer(10));
    for (let round = 1; round <= 6; round += 1) {
      while (test.resource.watches.length < round) await test.clock.advance(100);
      test.resource.lastWatch.end();
    }
    while (test.resource.watches.length < 7) await test.clock.advance(100);
    expect(test.log).toEqual(['warn list or watch failed; trying again']);
    await test.clock.advance(800);
    expect(test.log).toHaveLength(1);
    await test.clock.advance(200);
    expect(test.log.at(-1)).toBe('info list or watch works again');
  });

  it('leaves it to the client to say that the server is away', async () => {
    await using test = start((resource) => {
      resource.answers.push(new UnreachableError('GET /widgets', 'ECONNREFUSED'));
      resource.answer(3);
    });
    await test.clock.advance(5_000);

    expect(test.log).toEqual([]);
    expect(test.metrics.count('reflector_failures_total', { reason: 'unreachable' })).toBe(1);
  });

  it('lists at most every 2 s in a storm of 410', async () => {
    await using test = start((resource) => {
      resource.answer(10);
      resource.openErrors = Array.from({ length: 100 }, () => refusal(410, 'Expired'));
    }, 0);
    const listedAt: number[] = [];
    for (let known = 0; test.clock.monotonicMs() < 60_000;) {
      await test.clock.advance(100);
      if (test.resource.lists.length > known) listedAt.push(test.clock.monotonicMs());
      known = test.resource.lists.length;
    }

    expect(Math.min(...gapsOf(listedAt).slice(1))).toBeGreaterThanOrEqual(2_000);
    expect(listedAt.length).toBeGreaterThan(5);
  });

  it('counts a half line and watches on from the event before it', async () => {
    await using test = start((resource) => resource.answer(10));
    await test.clock.advance(60_000);
    test.resource.lastWatch
      .send('ADDED', widget('a', 11))
      .fail(new GarbledWatchError('cut', { isHalfLine: true }));
    await settle();

    expect(test.resource.lastWatch.options.resourceVersion).toBe('11');
    expect(test.resource.lists).toHaveLength(1);
    expect(test.metrics.count('reflector_failures_total', { reason: 'half_line' })).toBe(1);
  });

  it('lists again when a failure of the server comes within the watch: the version may be to blame', async () => {
    await using test = start((resource) => resource.answer(10));
    await test.clock.advance(5_000);
    test.resource.lastWatch.fail(refusal(500, 'InternalError'));
    await test.clock.advance(1_600);

    expect(test.resource.lists).toHaveLength(2);
  });

  it.each([
    [0, 300],
    [0.25, 375],
    [0.999_999, 600],
  ])(
    'asks the server to end a watch after 5 to 10 minutes by chance (%d → %d s)',
    async (random, timeoutS) => {
      await using test = start((resource) => resource.answer(10), random);
      await settle();

      expect(test.resource.lastWatch.options.timeoutSeconds).toBe(timeoutS);
    },
  );

  it('keeps a silent but healthy watch: bookmarks are its heartbeat', async () => {
    await using test = start((resource) => resource.answer(10));
    await settle();
    for (let minute = 1; minute <= 10; minute += 1) {
      await test.clock.advance(61_000);
      test.resource.lastWatch.bookmark(10 + minute);
    }

    expect(test.resource.watches).toHaveLength(1);
    expect(test.metrics.count('reflector_failures_total')).toBe(0);
  });

  it('begins with a short delay again after two quiet minutes', async () => {
    await using test = start((resource) => {
      resource.answer(10);
      resource.openErrors = Array.from({ length: 6 }, () => refusal(503, 'ServiceUnavailable'));
    }, 0);
    await test.clock.advance(60_000);
    for (let minute = 0; minute < 3; minute += 1) {
      test.resource.lastWatch.bookmark(20 + minute);
      await test.clock.advance(60_000);
    }
    test.resource.lastWatch.fail(refusal(500, 'InternalError'));
    await settle();
    const before = test.resource.lists.length;
    await test.clock.advance(800);

    expect(test.resource.lists).toHaveLength(before + 1);
  });

  it('waits as long as the server asks when it is busy', async () => {
    await using test = start((resource) => {
      resource.answer(10);
      resource.openErrors.push(refusal(429, 'TooManyRequests', 7_000));
    });
    await test.clock.advance(6_900);
    expect(test.resource.watches).toHaveLength(1);

    await test.clock.advance(100);

    expect(test.resource.watches).toHaveLength(2);
    expect(test.resource.lists).toHaveLength(1);
  });

  it('watches on at once after a short watch that brought news', async () => {
    await using test = start((resource) => resource.answer(10));
    for (let round = 1; round <= 5; round += 1) {
      await settle();
      test.resource.lastWatch
        .send('MODIFIED', widget('a', 10 + round))
        .fail(new UnreachableError('GET /widgets', 'ECONNRESET'));
    }
    await settle();

    expect(test.resource.lastWatch.options.resourceVersion).toBe('15');
    expect(test.clock.monotonicMs()).toBe(0);
  });

  it('slows down when a server ends every watch at once', async () => {
    await using test = start((resource) => resource.answer(10));
    await settle();
    test.resource.lastWatch.end();
    await settle();
    expect(test.resource.watches).toHaveLength(1);

    await test.clock.advance(1_600);

    expect(test.resource.watches).toHaveLength(2);
  });

  it('keeps trying while the type does not exist', async () => {
    await using test = start((resource) => {
      for (let times = 0; times < 20; times += 1) resource.answers.push(refusal(404, 'NotFound'));
      resource.answer(3, widget('a', 2));
    });
    await test.clock.advance(600_000);

    expect(test.seen).toEqual(['replace a@2']);
  });

  it('stops within a list, a watch and a wait, and leaves no timer', async () => {
    for (const advanceMs of [0, 5_000]) {
      const test = start((resource) => {
        resource.answer(10);
        resource.openErrors.push(new UnreachableError('GET /widgets', 'ECONNREFUSED'));
      });
      await test.clock.advance(advanceMs);
      await test[Symbol.asyncDispose]();
      expect(test.clock.pendingTimers).toBe(0);
    }
  });
});

/** Rounded to the step by which the tests look. */
function gapsOf(times: readonly number[]): number[] {
  return times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) / 100) * 100);
}

function refusal(code: number, reason: string, retryAfterMs?: number): ApiError {
  return new ApiError({ code, reason, retryAfterMs, message: 'refused', request: 'GET /widgets' });
}

function start(script: (resource: ScriptedResource<Widget>) => void, random = 0.5) {
  const resource = new ScriptedResource<Widget>();
  script(resource);
  const clock = new FakeClock();
  const metrics = new RecordingMetrics();
  const seen: string[] = [];
  const log: string[] = [];
  const note = (level: string) => (_: object, message: string) => void log.push(`${level} ${message}`);
  const show = ({ metadata }: Widget): string => `${metadata.name}@${metadata.resourceVersion}`;
  const reflector = new Reflector<Widget>({
    name: 'widgets',
    client: resource,
    sink: {
      replace: (objects) => seen.push(`replace ${objects.map(show).join(' ')}`),
      apply: ({ type, object }) => seen.push(`${type} ${show(object)}`),
    },
    clock,
    random: () => random,
    logger: { ...silentLogger, info: note('info'), warn: note('warn') },
    metrics,
  });
  const stop = new AbortController();
  const running = reflector.run(stop.signal);
  return {
    resource,
    clock,
    metrics,
    seen,
    log,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}
