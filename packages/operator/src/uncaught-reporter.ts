import { whoBegan } from '@tinysystems/engine';
import type { Foundation } from './foundation.ts';

const REASON = 'UncaughtError';
/** What throws again and again while the module stops is said so often. */
const MAX_REPORTS = 10;

/** What a reporter works with. */
export type UncaughtReporterOptions = Pick<
  Foundation,
  'caches' | 'namespace' | 'module' | 'recorder' | 'log'
>;

/** Tells of errors that nobody caught, such as one thrown in a timer of a component, and who began that. */
export class UncaughtReporter {
  readonly #foundation: UncaughtReporterOptions;
  #reports = 0;

  constructor(foundation: UncaughtReporterOptions) {
    this.#foundation = foundation;
  }

  /** To be called where the error came out, so that it is known who began it. */
  readonly report = (error: unknown): void => {
    this.#reports += 1;
    if (this.#reports > MAX_REPORTS) return;
    const { caches, namespace, module, recorder, log } = this.#foundation;
    const node = whoBegan();
    log.error({ node, err: error }, 'nobody caught an error: the module ends what is in work, and stops');
    const object =
      (node === undefined ? undefined : caches.nodes.lister.get(namespace, node)) ??
      caches.modules.lister.get(namespace, module.name);
    if (object === undefined) return;
    const where = node === undefined ? 'of this module' : `that node ${node} began`;
    const text = error instanceof Error ? error.message : String(error);
    recorder.event(object, {
      type: 'Warning',
      reason: REASON,
      message: `something ${where} failed outside of any message, and nobody caught it: ${text}; the process stops, because what it left half done is unknown: catch it, or await the promise`,
    });
  };
}
