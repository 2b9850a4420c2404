import type { SecretMask } from '@tinysystems/core';
import { type Logger, pino } from 'pino';

export type { Logger };

/** The process's logger: JSON lines on standard output, constant messages, data in fields. */
export function createLogger(options: {
  readonly level: string;
  readonly module: string;
  readonly version: string;
  readonly pod: string;
  /** Hides secrets wherever they stand in a line. */
  readonly mask: SecretMask;
}): Logger {
  const { level, module, version, pod, mask } = options;
  return pino({
    level,
    base: { module, moduleVersion: version, pod },
    redact: { paths: ['*.password', '*.token', '*.authorization', '*.bearerToken'], censor: '••••••' },
    hooks: { streamWrite: (line) => mask.text(line) },
    formatters: { level: (label) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}
