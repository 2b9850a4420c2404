import { type Component, SecretMask, TinyError } from '@tinysystems/core';
import { Client, ControlThread, loadClusterConfig } from '@tinysystems/kubernetes';
import { componentsInfo } from './commands/components-info.ts';
import { preDelete } from './commands/pre-delete.ts';
import { createOperator } from './operator.ts';
import { HELP, type ProcessOptions, parseOptions } from './options.ts';
import { MODULES } from './resources/types.ts';
import { createLogger } from './telemetry/logger.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { startTracing } from './telemetry/tracing.ts';

/** What a module says of itself. */
export interface OperatorOptions {
  readonly name: string;
  readonly version: string;
  readonly sdkVersion: string;
  readonly components: readonly Component[];
}

/** The process as the operator sees it, so that tests can stand in for it. */
export interface ProcessLike {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Aborts when the process is told to stop. */
  readonly stop: AbortSignal;
  /** Calls back with every error that nobody caught, where it came out; without a listener it would end the process. */
  readonly onUncaught: (listener: (error: unknown) => void) => void;
}

const BAD_OPTIONS = 2;
const FAILED = 1;

/**
 * Runs the command that the process was started with.
 *
 * @returns the exit code: 0, 1 after a fatal error, 2 for options that make no sense.
 */
export async function runOperator(module: OperatorOptions, process: ProcessLike): Promise<number> {
  let options: ProcessOptions | 'help';
  try {
    options = parseOptions(process.argv, process.env, module);
  } catch (error) {
    process.writeError(`${TinyError.is(error) ? error.message : String(error)}\n`);
    return BAD_OPTIONS;
  }
  if (options === 'help') {
    process.write(HELP);
    return 0;
  }
  if (options.command === 'components-info') {
    process.write(`${componentsInfo(options.moduleName, options.version, module.components)}\n`);
    return 0;
  }
  const mask = new SecretMask();
  const log = createLogger({
    level: options.logLevel,
    module: options.moduleName,
    version: options.version,
    pod: options.podName,
    mask,
  });
  try {
    await (options.command === 'run'
      ? serve({ module, options, process, log, mask })
      : remove(options, process));
    return 0;
  } catch (error) {
    log.fatal({ err: error }, 'the module cannot go on');
    return FAILED;
  }
}

interface Served {
  readonly module: OperatorOptions;
  readonly options: ProcessOptions;
  readonly process: ProcessLike;
  readonly log: ReturnType<typeof createLogger>;
  readonly mask: SecretMask;
}

async function serve({ module, options, process, log, mask }: Served): Promise<void> {
  const cluster = loadClusterConfig({ kubeconfig: options.kubeconfig, environment: process.env });
  const namespace = options.namespace ?? cluster.namespace ?? 'default';
  const { moduleName, version, podName } = options;
  await using tracing = startTracing({
    module: moduleName,
    version,
    pod: podName,
    env: process.env,
    log,
    mask,
  });
  const metrics = createMetrics();
  await using control = new ControlThread({
    config: cluster,
    userAgent: `${moduleName}/${version}`,
    logger: log,
    metrics: metrics.kubernetes,
  });
  const operator = createOperator({
    options,
    sdkVersion: module.sdkVersion,
    components: module.components,
    cluster,
    namespace,
    log,
    metrics,
    tracing,
    control,
    mask,
  });
  log.info({ namespace, server: cluster.server, components: module.components.length }, 'module starts');
  const failed = new AbortController();
  process.onUncaught((error) => {
    operator.reportUncaught(error);
    failed.abort(error);
  });
  await operator.run(AbortSignal.any([process.stop, failed.signal]));
  log.info({}, 'module stopped');
  failed.signal.throwIfAborted();
}

async function remove(options: ProcessOptions, process: ProcessLike): Promise<void> {
  const config = loadClusterConfig({ kubeconfig: options.kubeconfig, environment: process.env });
  await using client = new Client({ config, userAgent: `${options.moduleName}/${options.version}` });
  await preDelete(
    client.resource(MODULES, options.namespace ?? config.namespace ?? 'default'),
    options.moduleName,
  );
}
