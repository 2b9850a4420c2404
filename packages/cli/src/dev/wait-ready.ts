import { type TinyModule, type TinyNode, findCondition } from '@tinysystems/api';
import { sanitiseName } from '@tinysystems/core';
import { type Client, Informer } from '@tinysystems/kubernetes';
import { MODULES, NODES } from './cluster.ts';

/** When everything has been taken up and something still is not ready, it has this long to become so, milliseconds. */
const SETTLE_MS = 3000;

/** What became of the wait. */
export interface Readiness {
  readonly nodes: readonly TinyNode[];
  readonly modules: readonly TinyModule[];
  /** Why a node is not ready, by node. */
  readonly waiting: ReadonlyMap<string, string>;
}

/** What is waited for. */
export interface WaitOptions {
  readonly client: Client;
  readonly namespace: string;
  /** Names of the TinyNodes that must become ready. */
  readonly nodeNames: readonly string[];
  /** Names of the modules that run here: they must say what they ship, and take up their nodes. */
  readonly moduleNames: readonly string[];
  /** Ends the wait, e.g. after a while. */
  readonly signal: AbortSignal;
}

/**
 * Waits until every named module is registered and every named node Ready under its present spec. Does not wait for
 * nodes of modules that do not run here, nor longer than 3 s for those that say themselves why they are not ready.
 */
export async function waitReady(options: WaitOptions): Promise<Readiness> {
  const { client, namespace, moduleNames, signal } = options;
  const nodes = new Informer({ client: client.resource(NODES, namespace) });
  const modules = new Informer({ client: client.resource(MODULES, namespace) });
  const end = new AbortController();
  const over = AbortSignal.any([signal, end.signal]);
  const progress = () => progressOf(options, (name) => nodes.lister.get(namespace, name));
  const isRegistered = () =>
    moduleNames.every((name) => modules.lister.get(namespace, name)?.status?.components !== undefined);
  let settled: NodeJS.Timeout | undefined;
  const check = () => {
    const { waiting, isTakenUp } = progress();
    clearTimeout(settled);
    if (!isTakenUp || !isRegistered()) return;
    if (waiting.size === 0) end.abort();
    else settled = setTimeout(() => end.abort(), SETTLE_MS);
  };
  nodes.onEvent({ add: check, update: check, delete: check });
  modules.onEvent({ add: check, update: check });
  await Promise.all([nodes.run(over), modules.run(over), whenSynced([nodes, modules], over).then(check)]);
  clearTimeout(settled);
  return { ...progress(), modules: modules.lister.list() };
}

/** With nothing to wait for no event comes. */
async function whenSynced(
  informers: readonly Pick<Informer<never>, 'waitForSync'>[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(informers.map((informer) => informer.waitForSync(signal))).catch(() => signal.aborted);
}

interface Progress {
  readonly nodes: readonly TinyNode[];
  readonly waiting: ReadonlyMap<string, string>;
  /** Every node that can be has been taken up. */
  readonly isTakenUp: boolean;
}

function progressOf(
  { nodeNames, moduleNames }: WaitOptions,
  find: (name: string) => TinyNode | undefined,
): Progress {
  const waiting = new Map<string, string>();
  let isTakenUp = true;
  for (const name of nodeNames) {
    const node = find(name);
    const problem = node === undefined ? 'it is gone' : problemOf(node, moduleNames);
    if (problem !== undefined) waiting.set(name, problem);
    if (node !== undefined && !isCurrent(node) && isOwned(node, moduleNames)) isTakenUp = false;
  }
  return { nodes: nodeNames.toSorted().flatMap((name) => find(name) ?? []), waiting, isTakenUp };
}

function problemOf(node: TinyNode, moduleNames: readonly string[]): string | undefined {
  const ready = findCondition(node.status?.conditions, 'Ready');
  if (!isOwned(node, moduleNames)) return `module ${node.spec.module} does not run here`;
  if (ready === undefined) return `module ${node.spec.module} has not taken it up yet`;
  if (!isCurrent(node)) return 'its last change has not been taken up yet';
  return ready.status === 'True' ? undefined : ready.message;
}

function isCurrent({ metadata, status }: TinyNode): boolean {
  return findCondition(status?.conditions, 'Ready')?.observedGeneration === metadata.generation;
}

function isOwned({ spec }: TinyNode, moduleNames: readonly string[]): boolean {
  return moduleNames.includes(sanitiseName(spec.module));
}
