import { type TinyModule, type TinyNode, findCondition } from '@tinysystems/api';
import { type Client, Informer, keyOf } from '@tinysystems/kubernetes';
import { MODULES, NODES } from './cluster.ts';

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
  /** Keys of the TinyNodes that must become ready. */
  readonly nodeKeys: ReadonlySet<string>;
  /** Names of the TinyModules that must say what they ship. */
  readonly moduleNames: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Waits until every named module is registered and every named node Ready under its present spec, or the time is over. */
export async function waitReady({
  client,
  namespace,
  nodeKeys,
  moduleNames,
  timeoutMs,
  signal,
}: WaitOptions): Promise<Readiness> {
  const nodes = new Informer({ client: client.resource(NODES, namespace) });
  const modules = new Informer({ client: client.resource(MODULES, namespace) });
  const end = new AbortController();
  const over = AbortSignal.any([signal, end.signal, AbortSignal.timeout(timeoutMs)]);
  const look = (): Readiness => {
    const own = nodes.lister.list().filter((node) => nodeKeys.has(keyOf(node)));
    const waiting = own.flatMap((node): [string, string][] => {
      const problem = problemOf(node);
      return problem === undefined ? [] : [[node.metadata.name ?? '', problem]];
    });
    return { nodes: own, modules: modules.lister.list(), waiting: new Map(waiting) };
  };
  const check = () => {
    const { nodes: own, waiting } = look();
    const isRegistered = moduleNames.every(
      (name) => modules.lister.get(namespace, name)?.status?.components !== undefined,
    );
    if (isRegistered && own.length === nodeKeys.size && waiting.size === 0) end.abort();
  };
  nodes.onEvent({ add: check, update: check, delete: check });
  modules.onEvent({ add: check, update: check });
  await Promise.all([nodes.run(over), modules.run(over)]);
  return look();
}

function problemOf({ metadata, spec, status }: TinyNode): string | undefined {
  const ready = findCondition(status?.conditions, 'Ready');
  if (ready === undefined) return `module ${spec.module} has not taken it up yet`;
  if (ready.observedGeneration !== metadata.generation) return 'its last change has not been taken up yet';
  return ready.status === 'True' ? undefined : ready.message;
}
