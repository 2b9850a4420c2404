import { connect, REAL_KUBECONFIG } from './connection.ts';
import { lacksOf, type Need } from './features.ts';

/** What the server under test lacks. A control plane of ours lacks nothing: it is not even asked. */
const LACKS = REAL_KUBECONFIG === undefined ? new Map<Need, string>() : await lacksOfServer();

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

async function lacksOfServer(): Promise<ReadonlyMap<Need, string>> {
  await using connection = await connect();
  return lacksOf(connection.config);
}
