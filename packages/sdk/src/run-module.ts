import type { Component } from '@tinysystems/core';
import { runOperator } from '@tinysystems/operator';

/** Version of this SDK, published in TinyModule and TinyNode. */
export const SDK_VERSION = '0.1.0';

/** What a module is made of. */
export interface ModuleOptions {
  /** Name of the module: `spec.module` of the nodes it owns. At most 48 characters. */
  readonly name: string;
  /** Semver, no leading `v`. */
  readonly version: string;
  readonly components: readonly Component[];
}

/** A second signal means that the person does not want to wait: the process ends at once. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Runs the module: reads flags and environment, connects to Kubernetes, and serves until SIGTERM or SIGINT.
 * `--help` lists the flags. Ends the process; a fatal error is logged and gives a non-zero exit code. So does an error
 * that a component let nobody catch, once what is in work has ended.
 */
export async function runModule(options: ModuleOptions): Promise<void> {
  const stop = new AbortController();
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      stop.abort(new Error(`received ${signal}`));
      process.once(signal, () => process.exit(1));
    });
  }
  // Started by `tinysystems dev`, and dev is gone: do not outlive it.
  if (process.connected) {
    process.once('disconnect', () => stop.abort(new Error('the process that started this one is gone')));
    process.channel?.unref();
  }
  const code = await runOperator(
    { ...options, sdkVersion: SDK_VERSION },
    {
      argv: process.argv.slice(2),
      env: process.env,
      write: (text) => process.stdout.write(text),
      writeError: (text) => process.stderr.write(text),
      stop: stop.signal,
      // Rejections that nobody handled come here, too.
      onUncaught: (listener) => void process.on('uncaughtException', listener),
    },
  );
  process.exit(code);
}
