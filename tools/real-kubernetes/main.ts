// `npm run conformance:real [-- kubernetes|crd-server] [patterns]`: runs test/conformance against real servers, which are
// built from Debian's packages once and kept in a cache.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runJest } from '../run-jest.ts';
import { cacheFolder, CRD_SERVER, KUBERNETES, programsOf } from './builds.ts';
import { installTools, problemOfHost } from './host.ts';
import { outcomeOf, textOf } from './outcome.ts';
import { type RealServerOptions, startRealServer } from './real-servers.ts';

type Programs = Pick<RealServerOptions, 'kubernetes' | 'crdServer'>;

/** A real server to test. */
interface Target {
  /** For people, and without what is behind the first space the word that chooses it. */
  readonly name: string;
  readonly programs: (cache: string, signal: AbortSignal) => Promise<Programs>;
  /** Its sources do not move, so that a build that fails is a failure. */
  readonly isStable: boolean;
}

interface Result {
  readonly text: string;
  readonly failed: number;
}

const TARGETS: readonly Target[] = [
  {
    name: 'kube-apiserver 1.20.2',
    programs: async (cache, signal) => ({ kubernetes: await programsOf(KUBERNETES, cache, signal) }),
    isStable: true,
  },
  {
    name: 'apiextensions-apiserver of sid with kube-apiserver 1.20.2',
    programs: async (cache, signal) => ({
      kubernetes: await programsOf(KUBERNETES, cache, signal),
      crdServer: await programsOf(CRD_SERVER, cache, signal),
    }),
    isStable: false,
  },
];
const NOT_HERE = 2;
const INTERRUPTED = 130;

/** Ctrl-C: what runs is stopped in order, and nothing more is started. */
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const problem = problemOfHost();
  if (problem !== undefined) {
    console.error(`npm run conformance:real: ${problem}.`);
    return NOT_HERE;
  }
  installTools();
  const isChosen = ({ name }: Target): boolean => words.some((word) => name.startsWith(`${word} `));
  const chosen = TARGETS.filter(isChosen);
  const patterns = words.filter((word) => !TARGETS.some(({ name }) => name.startsWith(`${word} `)));
  const results: Result[] = [];
  for (const target of chosen.length > 0 ? chosen : TARGETS) {
    results.push(await resultOf(target, patterns));
    if (interrupted.signal.aborted) return INTERRUPTED;
  }
  console.log(`\n${results.map(({ text }) => text).join('\n\n')}`);
  return results.some(({ failed }) => failed > 0) ? 1 : 0;
}

async function resultOf({ name, programs, isStable }: Target, patterns: readonly string[]): Promise<Result> {
  let found: Programs;
  try {
    found = await programs(cacheFolder(process.env), interrupted.signal);
  } catch (error) {
    const text = `${name}: not tested, because it could not be built: ${String(error)}`;
    return { text, failed: isStable ? 1 : 0 };
  }
  const outcome = await testServer({ name, programs: found, patterns });
  return { text: textOf(name, outcome), failed: outcome.failed };
}

interface TestOptions {
  readonly name: string;
  readonly programs: Programs;
  readonly patterns: readonly string[];
}

/** Runs the suites one after the other: together they would wait for the server, not test more of it. */
async function testServer({ name, programs, patterns }: TestOptions): Promise<ReturnType<typeof outcomeOf>> {
  const folder = await mkdtemp(join(tmpdir(), 'real-kubernetes-'));
  console.log(`\nstarting ${name}; data and logs are in ${folder} meanwhile`);
  try {
    await using server = await startRealServer({ ...programs, folder, signal: interrupted.signal });
    const suites = patterns.length > 0 ? patterns : ['test/conformance/'];
    const env = { CONFORMANCE_KUBECONFIG: server.kubeconfig };
    const { report } = await runJest(suites, { env, workers: 1 });
    return outcomeOf(report);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
