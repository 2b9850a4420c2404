import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { Election } from '../leader/election.ts';
import { silentLogger } from '../logger.ts';
import type { Logger } from '../logger.ts';
import type { Runnable } from '../runnable.ts';
import { WakeUp } from '../wake-up.ts';
import { RunnableGroup } from './runnable-group.ts';

/**
 * When a runnable starts, in this order: servers for probes and metrics; caches; workers, on every replica; those that
 * run only while this process leads. Servers and caches with a `waitForSync` are waited for.
 */
export type GroupName = 'http' | 'cache' | 'worker' | 'leader';

/** What a {@link Manager} is made of. */
export interface ManagerOptions {
  /** Decides when the `leader` group runs. Without one it always runs. */
  readonly elector?: Pick<Election, 'name' | 'run' | 'isLeader' | 'onChange'>;
  /** How long everything may take to stop. Default 30 000 ms. */
  readonly gracePeriodMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** A {@link Runnable} that has to catch up before others can rely on it. */
interface Syncing {
  waitForSync(signal: AbortSignal): Promise<void>;
}

/**
 * Starts everything a process consists of in order, and stops it in reverse order: what leads may need the workers to
 * the end, and the lease is held until nothing is left that could need it.
 */
export class Manager {
  readonly #options: ManagerOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #runnables: Readonly<Record<GroupName, Runnable[]>> = {
    http: [],
    cache: [],
    worker: [],
    leader: [],
  };
  readonly #failed = new AbortController();
  #leading: RunnableGroup | undefined;

  constructor(options: ManagerOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
  }

  /** Adds a runnable, before `run`. Default group: `worker`. */
  add(runnable: Runnable, { group = 'worker' }: { readonly group?: GroupName } = {}): this {
    this.#runnables[group].push(runnable);
    return this;
  }

  /**
   * Runs everything, once, until `signal` aborts.
   *
   * @throws Error when a runnable failed, after the others were stopped, or when some did not stop in time.
   */
  async run(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#failed.signal]);
    const { elector } = this.#options;
    const [http, cache, worker] = [this.#group('http'), this.#group('cache'), this.#group('worker')];
    const election = this.#newGroup('election', elector === undefined ? [] : [elector]);
    let leading: Promise<void> = Promise.resolve();
    http.start();
    if (await this.#hasSynced('http', stop)) cache.start();
    if (await this.#hasSynced('cache', stop)) {
      worker.start();
      election.start();
      leading = this.#lead(stop);
    }
    await untilAborted(stop);
    this.#logger.info({}, 'stopping');
    await this.#inTime(
      async (reason) => {
        await leading;
        for (const group of [worker, cache, http]) await group.stop(reason);
      },
      () => [this.#leading, worker, cache, http].flatMap((group) => group?.running ?? []),
    );
    await election.stop(new Error('everything else has stopped'));
    this.#failed.signal.throwIfAborted();
  }

  async #hasSynced(group: GroupName, stop: AbortSignal): Promise<boolean> {
    const syncing = this.#runnables[group].filter(isSyncing);
    try {
      stop.throwIfAborted();
      await Promise.all(syncing.map((runnable) => runnable.waitForSync(stop)));
      return !stop.aborted;
    } catch (error) {
      if (!stop.aborted) this.#fail(error as Error);
      return false;
    }
  }

  /** Starts the leader group on every gain and stops it on every loss, until `stop` aborts. */
  async #lead(stop: AbortSignal): Promise<void> {
    const { elector } = this.#options;
    const changed = new WakeUp();
    let hasLost = false; // A loss is one even when the next gain is there before anybody looks.
    const unsubscribe = elector?.onChange((isLeader) => {
      hasLost ||= !isLeader;
      changed.notify();
    });
    const isLeader = (): boolean => !stop.aborted && (elector?.isLeader ?? true);
    while (!stop.aborted) {
      if (isLeader()) {
        hasLost = false;
        this.#leading = this.#group('leader');
        this.#leading.start();
        while (isLeader() && !hasLost) await changed.wait({ clock: this.#clock, signal: stop });
        await this.#leading.stop(new Error('this process does not lead any more'));
      } else {
        await changed.wait({ clock: this.#clock, signal: stop });
      }
    }
    unsubscribe?.();
  }

  /** Stops everything, or fails with the names of those still `running` after the grace period. */
  async #inTime(stopAll: (reason: Error) => Promise<void>, running: () => readonly string[]): Promise<void> {
    const { gracePeriodMs = 30_000 } = this.#options;
    const timeIsUp = Promise.withResolvers<boolean>();
    const timer = this.#clock.setTimeout(() => timeIsUp.resolve(true), gracePeriodMs);
    const stopped = stopAll(new Error('the manager stops')).then(() => false);
    const isLate = await Promise.race([stopped, timeIsUp.promise]);
    timer.clear();
    if (!isLate) return;
    const late = running().join(', ');
    this.#fail(new Error(`Not stopped within ${gracePeriodMs} ms: ${late}. The process should end now.`));
  }

  #group(name: GroupName): RunnableGroup {
    return this.#newGroup(name, this.#runnables[name]);
  }

  #newGroup(name: string, runnables: readonly Runnable[]): RunnableGroup {
    return new RunnableGroup({
      name,
      runnables,
      logger: this.#logger,
      onFailure: (error) => this.#fail(error),
    });
  }

  #fail(error: Error): void {
    this.#logger.error({ err: error }, 'stopping because of a failure');
    this.#failed.abort(error); // The first one counts.
  }
}

function isSyncing(runnable: Runnable): runnable is Runnable & Syncing {
  return 'waitForSync' in runnable && typeof runnable.waitForSync === 'function';
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
