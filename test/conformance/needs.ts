import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { REAL_KUBECONFIG } from './connection.ts';
import type { Need } from './features.ts';

const ASK_TIMEOUT_MS = 60_000;

/** What the server under test lacks. A control plane of ours lacks nothing: it is not even asked. */
const LACKS = REAL_KUBECONFIG === undefined ? new Map<Need, string>() : lacksOfServer();

/**
 * `it` for a test that needs something which not every server has. Where the server lacks it the test is left out,
 * and its name says why.
 */
export function needs(
  ...wanted: readonly Need[]
): Pick<jest.It, 'each'> & ((...args: Parameters<jest.It>) => void) {
  const reasons = wanted.flatMap((need) => LACKS.get(need) ?? []);
  if (reasons.length === 0) return it;
  const named = (name: unknown): string => `${String(name)} [left out: ${reasons.join('; ')}]`;
  const leaveOut = (...[name, test, timeoutMs]: Parameters<jest.It>): void =>
    it.skip(named(name), test, timeoutMs);
  const each = (table: readonly unknown[]) => {
    const skip = it.skip.each(table);
    return (...[name, test, timeoutMs]: Parameters<typeof skip>) => skip(named(name), test, timeoutMs);
  };
  return Object.assign(leaveOut, { each: each as jest.Each });
}

/** Asked in a process of its own, because jest wants to know its tests before it waits for anything. */
function lacksOfServer(): ReadonlyMap<Need, string> {
  const program = join(import.meta.dirname, 'print-lacks.ts');
  const text = execFileSync(process.execPath, ['--conditions=@tinysystems/source', program], {
    env: { ...process.env, NODE_OPTIONS: '' },
    timeout: ASK_TIMEOUT_MS,
    encoding: 'utf8',
  });
  return new Map(JSON.parse(text) as [Need, string][]);
}
