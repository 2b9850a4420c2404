import { z } from '@tinysystems/sdk';

/** The payload that a component passes on as it is; the flow author may describe it. */
export const context = z
  .unknown()
  .meta({ title: 'Context', description: 'Passed on unchanged.', configurable: true });

/** The message of components that only pass a payload on. */
export const passthrough = z.object({ context });
