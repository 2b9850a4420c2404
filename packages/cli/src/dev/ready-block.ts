import { FLOW_LABEL, type TinyFlow, type TinyNode } from '@tinysystems/api';
import type { ModuleProcess } from './module-process.ts';
import { shellWord } from './shell-word.ts';
import { table } from './table.ts';
import type { Readiness } from './wait-ready.ts';

/** What the ready block tells. */
export interface ReadyBlockOptions {
  readonly url: string;
  readonly kubeconfig: string;
  readonly tookMs: number;
  readonly processes: readonly Pick<ModuleProcess, 'name' | 'module' | 'addresses' | 'problem'>[];
  readonly readiness: Readiness;
  readonly flows: readonly TinyFlow[];
}

/** The annotation of a TinyFlow that holds a command to try. */
const TRY = 'tinysystems.io/try';

/** What `tinysystems dev` prints when everything runs. */
export function readyBlock(options: ReadyBlockOptions): string {
  const { url, kubeconfig, tookMs, processes, readiness, flows } = options;
  const isReady = readiness.waiting.size === 0 && processes.every(({ addresses }) => addresses !== undefined);
  const seconds = (tookMs / 1000).toFixed(1);
  const commands = flows.flatMap((flow) => flow.metadata.annotations?.[TRY] ?? []);
  return [
    '',
    isReady
      ? `TinySystems is ready (${seconds} s)`
      : `TinySystems runs, but not everything is ready after ${seconds} s`,
    '',
    ...table([
      ['control plane', url],
      ['kubeconfig', kubeconfig, `export KUBECONFIG=${shellWord(kubeconfig)}`],
    ]),
    '',
    ...table([['module', 'version', 'components', 'gRPC', 'health', 'metrics'], ...moduleRows(options)]),
    ...processes.flatMap(({ name, problem }) =>
      problem === undefined ? [] : ['', `${name} does not start: ${problem}`],
    ),
    ...flows.flatMap((flow) => ['', ...flowLines(flow, readiness)]),
    '',
    ...table([...commands.map((command) => ['try', command]), ['stop', 'Ctrl-C']]),
    '',
  ].join('\n');
}

function moduleRows({ processes, readiness }: ReadyBlockOptions): string[][] {
  return processes.map(({ name, module, addresses }) => {
    const status = readiness.modules.find((candidate) => candidate.metadata.name === module.name)?.status;
    const at = (port: number | undefined, path: string) =>
      port === undefined ? '–' : `http://127.0.0.1:${port}${path}`;
    return [
      name,
      module.version,
      String(status?.components?.length ?? '–'),
      addresses?.grpc ?? 'not up',
      at(addresses?.health, '/readyz'),
      at(addresses?.metrics, '/metrics'),
    ];
  });
}

function flowLines(flow: TinyFlow, { nodes, waiting }: Readiness): string[] {
  const own = nodes.filter((node) => node.metadata.labels?.[FLOW_LABEL] === flow.metadata.name);
  const rows = own.map((node: TinyNode) => {
    const name = node.metadata.name ?? '';
    return [`  ${name}`, `${node.spec.module}/${node.spec.component}`, waiting.get(name) ?? 'Ready'];
  });
  return [`flow ${flow.metadata.name}`, ...table(rows)];
}
