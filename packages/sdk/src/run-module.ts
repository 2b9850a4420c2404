import { runOperator } from '@tinysystems/operator';
import type { Component } from '@tinysystems/core';

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

/**
 * Runs the module: reads flags and environment, connects to Kubernetes, and serves until SIGTERM or SIGINT.
 * `--help` lists the flags. A fatal error is logged and sets a non-zero exit code.
 */
export async function runModule(options: ModuleOptions): Promise<void> {
  await runOperator({ ...options, sdkVersion: SDK_VERSION });
}
