import type { Log } from '@tinysystems/core';
import type { Scheduler } from '@tinysystems/engine';
import type { Runnable } from '@tinysystems/kubernetes';
import type { ModulePublisher } from './discovery/module-publisher.ts';
import type { SignalReconciler } from './reconcilers/signal-reconciler.ts';
import type { Leadership } from './resources/leadership.ts';

/** What a term works with. */
export interface LeaderTermOptions {
  readonly publisher: ModulePublisher;
  readonly scheduler: Scheduler;
  readonly signals: SignalReconciler;
  readonly leadership: Leadership;
  readonly log: Log;
  /** Looks again at everything that only the leader writes. */
  readonly lookAgain: () => void;
  /** Says in the own endpoint whether this replica leads. */
  readonly publishEndpoint: () => void;
}

/** What this replica does while it leads: it begins with a new epoch and ends before the Lease can be another's. */
export class LeaderTerm implements Runnable {
  readonly name = 'leader term';
  readonly #options: LeaderTermOptions;

  constructor(options: LeaderTermOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { publisher, scheduler, signals, leadership, log, lookAgain, publishEndpoint } = this.#options;
    try {
      await publisher.beginTerm(signal);
      if (signal.aborted) return;
      await scheduler.lead(true);
      log.info({ epoch: leadership.epoch }, 'leading');
      lookAgain();
      await ended(signal);
    } finally {
      await Promise.all([scheduler.lead(false), signals.endTerm()]);
      if (leadership.end()) log.info({}, 'no longer leading');
      publishEndpoint();
    }
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
