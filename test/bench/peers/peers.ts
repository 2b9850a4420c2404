import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { installLocked } from '../../../tools/install-locked.ts';

const CACHE = resolve(import.meta.dirname, '../../../.cache/bench-peers');

/** What the benchmarks use of the libraries they are measured beside. */
export interface Peers {
  readonly jsonata: (source: string) => { evaluate(input: unknown): Promise<unknown> };
  readonly JSONPath: (options: { path: string; json: unknown; wrap?: boolean; eval?: 'safe' }) => unknown;
  readonly jsonP3: { compile(path: string): { query(value: unknown): { values(): unknown[] } } };
  readonly cel: { parse(source: string): (context: object) => unknown };
}

/** Installs the peers on first use, by a lock of their own: the product does not depend on them. @returns the folder. */
export function installPeers(): Promise<string> {
  return installLocked({ source: import.meta.dirname, cache: CACHE });
}

/** The libraries. */
export async function loadPeers(): Promise<Peers> {
  const require = createRequire(join(await installPeers(), 'package.json'));
  const jsonata = require('jsonata') as Peers['jsonata'];
  const { JSONPath } = require('jsonpath-plus') as Pick<Peers, 'JSONPath'>;
  const jsonP3 = require('json-p3') as Peers['jsonP3'];
  const { Environment } = require('@marcbachmann/cel-js') as {
    readonly Environment: new (options: object) => Peers['cel'];
  };
  const cel = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
  return { jsonata, JSONPath, jsonP3, cel };
}
