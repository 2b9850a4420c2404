import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TinyFlow } from '@tinysystems/api';
import { Client, type KubeObject, keyFrom, loadClusterConfig } from '@tinysystems/kubernetes';
import { Command } from 'commander';
import { type Applied, applyFiles } from '../dev/apply-files.ts';
import { applyCrds } from '../dev/cluster.ts';
import { ModuleProcess } from '../dev/module-process.ts';
import { type LocalModule, findModules, parseReplicas } from '../dev/modules.ts';
import { openControlPlane, parseListen } from '../dev/open-control-plane.ts';
import { Output } from '../dev/output.ts';
import { readyBlock } from '../dev/ready-block.ts';
import { stopSignal, whenAborted } from '../dev/stop-signal.ts';
import { waitReady } from '../dev/wait-ready.ts';

interface DevOptions {
  readonly listen: string;
  readonly data: string;
  readonly modules: string;
  readonly apply: readonly string[];
  readonly replicas: readonly string[];
  readonly namespace: string;
  readonly logLevel: string;
}

/** How long everything may take to become ready before that is said, milliseconds. */
const READY_TIMEOUT_MS = 60_000;
const PROBE_EVERY_MS = 50;

/** `tinysystems dev`: control plane, modules and flows on this machine, until Ctrl-C. */
export function devCommand(): Command {
  return new Command('dev')
    .description('Runs the control plane, every module of the folder, and the given flows on this machine.')
    .option('--listen <host:port>', 'where the control plane listens', '127.0.0.1:6180')
    .option('--data <directory>', 'where everything is kept', '.tinysystems')
    .option('--modules <folder>', 'the folder of modules to start', 'modules')
    .option('--apply <file or folder>', 'resources to apply (again and again)', collect, [])
    .option(
      '--replicas <module=count>',
      'how many replicas of a module to run (again and again)',
      collect,
      [],
    )
    .option('--namespace <name>', 'the namespace to work in', 'default')
    .option('--log-level <level>', 'the lowest level of the modules’ log lines to show', 'warn')
    .exitOverride()
    .action((options: DevOptions) => dev(options));
}

async function dev(options: DevOptions): Promise<void> {
  const startedMs = Date.now();
  const output = new Output((text) => process.stdout.write(text), options.logLevel);
  const stop = stopSignal();
  const modules = await findModules(options.modules);
  const replicas = parseReplicas(options.replicas, modules);
  const kubeconfig = resolve(options.data, 'kubeconfig');
  await mkdir(dirname(kubeconfig), { recursive: true });
  await using controlPlane = await openControlPlane({
    ...parseListen(options.listen),
    dataDirectory: join(options.data, 'data'),
    kubeconfigPath: kubeconfig,
  });
  output.line(`control plane at ${controlPlane.url}`);
  await using client = new Client({
    config: loadClusterConfig({ kubeconfig }),
    userAgent: 'tinysystems-dev',
  });
  await applyCrds(client, stop);
  const processes = createProcesses({ modules, replicas, kubeconfig, namespace: options.namespace, output });
  output.line(`starting ${processes.map((process) => process.name).join(', ')}`);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => stopAll(processes, output));
  for (const process of processes) process.start();

  const applied = await applyAll(options, client, stop, output);
  const flows = applied.filter((object): object is TinyFlow => object.kind === 'TinyFlow');
  const nodeKeys = keysOfNodes(applied, options.namespace);
  await allReady(processes, AbortSignal.any([stop, AbortSignal.timeout(READY_TIMEOUT_MS)]));
  const readiness = await waitReady({
    client,
    namespace: options.namespace,
    nodeKeys,
    moduleNames: modules.filter(({ name }) => replicas.get(name) !== 0).map(({ name }) => name),
    timeoutMs: READY_TIMEOUT_MS,
    signal: stop,
  });
  if (stop.aborted) return;
  const tookMs = Date.now() - startedMs;
  output.line(
    readyBlock({ url: controlPlane.url, kubeconfig, tookMs, modules, processes, readiness, flows }),
  );
  await whenAborted(stop);
}

interface ProcessesOptions {
  readonly modules: readonly LocalModule[];
  readonly replicas: ReadonlyMap<string, number>;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly output: Output;
}

function createProcesses({ modules, replicas, ...shared }: ProcessesOptions): readonly ModuleProcess[] {
  return modules.flatMap((module) =>
    Array.from(
      { length: replicas.get(module.name) ?? 1 },
      (_, index) => new ModuleProcess({ module, index, ...shared }),
    ),
  );
}

/** Waits until every module process is ready; what another run left behind in the resources says nothing about these. */
async function allReady(processes: readonly ModuleProcess[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const ready = await Promise.all(processes.map((process) => process.isReady()));
    if (ready.every(Boolean)) return;
    await sleep(PROBE_EVERY_MS);
  }
}

async function applyAll(
  options: DevOptions,
  client: Client,
  signal: AbortSignal,
  output: Output,
): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const path of options.apply) {
    const applied: Applied = await applyFiles(path, { client, namespace: options.namespace, signal });
    objects.push(...applied.objects);
    if (applied.kept.length > 0) output.line(`kept as somebody changed it: ${applied.kept.join(', ')}`);
  }
  return objects;
}

function keysOfNodes(objects: readonly KubeObject[], namespace: string): ReadonlySet<string> {
  const nodes = objects.filter((object) => object.kind === 'TinyNode');
  return new Set(nodes.map(({ metadata }) => keyFrom(metadata.namespace ?? namespace, metadata.name ?? '')));
}

async function stopAll(processes: readonly ModuleProcess[], output: Output): Promise<void> {
  output.line('stopping the modules …');
  await Promise.all(processes.map((process) => process.stop()));
  output.line('stopped; the resources are kept');
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}
