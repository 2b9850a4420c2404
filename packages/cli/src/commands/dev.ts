import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TinyFlow } from '@tinysystems/api';
import { parseJson, stringifyJson } from '@tinysystems/core';
import { Client, type KubeObject, loadClusterConfig } from '@tinysystems/kubernetes';
import { Command, Option } from 'commander';
import { CliError } from '../cli-error.ts';
import { applyResources } from '../dev/apply-files.ts';
import { type FileResource, readResources } from '../dev/read-resources.ts';
import { createDevCertificates } from '../dev/certificates.ts';
import { applyCrds, ensureNamespace } from '../dev/cluster.ts';
import { ModuleProcess } from '../dev/module-process.ts';
import { type LocalModule, findModules, parseReplicas } from '../dev/modules.ts';
import { openControlPlane, parseListen } from '../dev/open-control-plane.ts';
import { LOG_LEVELS, Output } from '../dev/output.ts';
import { readyBlock } from '../dev/ready-block.ts';
import { isStopped, stopSignal, whenAborted } from '../dev/stop-signal.ts';
import { type Readiness, waitReady } from '../dev/wait-ready.ts';

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
    .option('--apply <file or folder>', 'resources to apply; may be given several times', collect, [])
    .option(
      '--replicas <module=count>',
      'how many replicas of a module to run; may be given several times',
      collect,
      [],
    )
    .option('--namespace <name>', 'the namespace to work in', 'default')
    .addOption(
      new Option('--log-level <level>', 'the lowest level of the modules’ log lines to show')
        .choices(LOG_LEVELS)
        .default('warn'),
    )
    .exitOverride()
    .action((options: DevOptions) => dev(options));
}

async function dev(options: DevOptions): Promise<void> {
  const stop = stopSignal();
  try {
    await run(options, stop);
  } catch (error) {
    if (!isStopped(error, stop)) throw error;
  }
}

async function run(options: DevOptions, stop: AbortSignal): Promise<void> {
  const startedMs = performance.now();
  const output = new Output((text) => process.stdout.write(text), options.logLevel);
  const modules = await findModules(options.modules);
  const replicas = parseReplicas(options.replicas, modules);
  const resources = await readAll(options);
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
    codec: { parse: parseJson, stringify: stringifyJson },
  });
  const { namespace } = options;
  const [certificates] = await Promise.all([
    createDevCertificates({
      directory: resolve(options.data, 'certificates'),
      namespace,
      modules: modules.map(({ name }) => name),
    }),
    applyCrds(client, stop),
    ensureNamespace(client, namespace, stop),
  ]);
  const processes = createProcesses({ modules, replicas, certificates, kubeconfig, namespace, output });
  output.line(`starting ${processes.map((process) => process.name).join(', ') || 'no module'}`);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => stopAll(processes, output));
  for (const process of processes) process.start();

  const { objects, kept } = await applyResources(resources, { client, namespace, signal: stop });
  if (kept.length > 0)
    output.line(
      `kept as somebody changed it: ${kept.join(', ')} (kubectl apply --force-conflicts --server-side -f … takes the file’s)`,
    );
  const readiness = await allReady({ client, namespace, objects, processes, stop });
  if (stop.aborted) return;
  const flows = objects.filter((object): object is TinyFlow => object.kind === 'TinyFlow');
  const tookMs = performance.now() - startedMs;
  output.line(readyBlock({ url: controlPlane.url, kubeconfig, tookMs, processes, readiness, flows }));
  await whenAborted(stop);
}

/** Reads everything before anything is started, so that a mistake in a file is told at once. */
async function readAll({ apply, namespace }: DevOptions): Promise<readonly FileResource[]> {
  const resources = (await Promise.all(apply.map(readResources))).flat();
  for (const { file, object } of resources) {
    const { kind, metadata } = object;
    if ((metadata.namespace ?? namespace) === namespace) continue;
    throw new CliError(
      `${file}: ${kind} ${metadata.name} is in namespace ${metadata.namespace}, where no module would see it: ` +
        `start with --namespace ${metadata.namespace}, or take metadata.namespace out`,
    );
  }
  return resources;
}

interface ProcessesOptions {
  readonly modules: readonly LocalModule[];
  readonly replicas: ReadonlyMap<string, number>;
  /** Directory of each module. */
  readonly certificates: ReadonlyMap<string, string>;
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly output: Output;
}

function createProcesses({
  modules,
  replicas,
  certificates,
  ...shared
}: ProcessesOptions): readonly ModuleProcess[] {
  return modules.flatMap((module) =>
    Array.from(
      { length: replicas.get(module.name) ?? 1 },
      (_, index) =>
        new ModuleProcess({
          module,
          index,
          certificates: certificates.get(module.name) ?? '',
          ...shared,
        }),
    ),
  );
}

interface ReadyOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly objects: readonly KubeObject[];
  readonly processes: readonly ModuleProcess[];
  readonly stop: AbortSignal;
}

/** Waits for the processes first: what an earlier run left behind in the resources says nothing about these. */
async function allReady({ client, namespace, objects, processes, stop }: ReadyOptions): Promise<Readiness> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(READY_TIMEOUT_MS)]);
  await whenProcessesReady(processes, signal);
  const running = processes.filter(({ addresses }) => addresses !== undefined);
  return waitReady({
    client,
    namespace,
    nodeNames: objects.flatMap(({ kind, metadata }) => (kind === 'TinyNode' ? (metadata.name ?? []) : [])),
    moduleNames: [...new Set(running.map(({ module }) => module.name))],
    signal,
  });
}

/** Waits until every process is ready, or has shown that it cannot start. */
async function whenProcessesReady(processes: readonly ModuleProcess[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isReady = processes.map(
      async (process) => process.problem !== undefined || (await process.isReady()),
    );
    if ((await Promise.all(isReady)).every(Boolean)) return;
    await sleep(PROBE_EVERY_MS);
  }
}

async function stopAll(processes: readonly ModuleProcess[], output: Output): Promise<void> {
  output.line('stopping the modules once their requests in work have ended (Ctrl-C again: at once) …');
  await Promise.all(processes.map((process) => process.stop()));
  output.line('stopped; the resources are kept');
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value];
}
