import { systemClock, systemRandom } from '@tinysystems/core';
import { Tracer } from '@tinysystems/engine';

/** Records nothing. */
export const NO_TRACER = new Tracer({
  sinks: [],
  defaults: { mode: 'off' },
  clock: systemClock,
  random: systemRandom,
});
