import { parseJson, stringifyJson } from '@tinysystems/core';
import { type FlowNode, type FlowReport, checkFlow, flowReport } from '@tinysystems/graph';
import { Client, loadClusterConfig } from '@tinysystems/kubernetes';
import { Command, Option } from 'commander';
import { CliError } from '../cli-error.ts';
import { readCluster, readClusterNode } from '../validate/cluster-flow.ts';
import { type FileFlow, readFlows } from '../validate/read-flow.ts';
import { reportJson, reportText } from '../validate/report-text.ts';
import { workspaceModules } from '../validate/workspace-modules.ts';

/** How long reading from a cluster may take, milliseconds. */
const READ_TIMEOUT_MS = 30_000;
const INVALID = 1;

/** What flows are checked against. */
export interface ValidateOptions {
  /** A cluster's TinyModules and TinyNodes; `undefined`: the modules of a folder. */
  readonly kubeconfig?: string;
  /** Of resources that name none; default: the kubeconfig's, else `default`. */
  readonly namespace?: string;
  /** The folder of modules, without a kubeconfig. */
  readonly modules: string;
}

/** `tinysystems validate FILES`: says what is wrong with flows before they run. */
export function validateCommand(): Command {
  return new Command('validate')
    .description('Checks flows before they run; exit code 1 when something is invalid.')
    .argument('[files...]', 'YAML files, folders of them, or - for standard input')
    .option(
      '--kubeconfig <file>',
      'check against the TinyModules and TinyNodes of this cluster; without files, check its nodes',
    )
    .option('--namespace <name>', 'the namespace of resources that name none; default: the kubeconfig’s')
    .option('--modules <folder>', 'without --kubeconfig: the folder of the modules', 'modules')
    .addOption(new Option('-o, --output <format>', 'how to say it').choices(['text', 'json']).default('text'))
    .exitOverride()
    .action(validate);
}

async function validate(
  files: readonly string[],
  options: ValidateOptions & { readonly output: 'text' | 'json' },
): Promise<void> {
  const report = await validateFlows(files, options);
  process.stdout.write(`${options.output === 'json' ? reportJson(report) : reportText(report)}\n`);
  if (report.verdict === 'invalid') process.exitCode = INVALID;
}

/** Checks the flows of files, folders and `-` against the modules of a folder, or against a cluster. */
export async function validateFlows(files: readonly string[], options: ValidateOptions): Promise<FlowReport> {
  const { kubeconfig } = options;
  if (kubeconfig !== undefined) return againstCluster(files, { ...options, kubeconfig });
  if (files.length === 0)
    throw new CliError('validate needs files, folders or -, or --kubeconfig for the nodes of a cluster');
  return againstWorkspace(files, options);
}

async function againstWorkspace(
  files: readonly string[],
  { modules, namespace = 'default' }: ValidateOptions,
): Promise<FlowReport> {
  const readNode = await workspaceModules(modules);
  const flows = await readFlows(files, namespace);
  return merged(
    flows.map(({ nodes, signalled }) =>
      checkFlow([...nodes.values()].map((node) => triggeredBy(readNode(node), signalled))),
    ),
  );
}

async function againstCluster(
  files: readonly string[],
  options: ValidateOptions & { readonly kubeconfig: string },
): Promise<FlowReport> {
  const config = loadClusterConfig({ kubeconfig: options.kubeconfig });
  const namespace = options.namespace ?? config.namespace ?? 'default';
  await using client = new Client({
    config,
    userAgent: 'tinysystems-cli',
    codec: { parse: parseJson, stringify: stringifyJson },
  });
  const flows = await readFlows(files, namespace);
  const wanted: readonly FileFlow[] = files.length === 0 ? [{ ...EMPTY, namespace }] : flows;
  const reports: FlowReport[] = [];
  for (const flow of wanted) {
    const cluster = await readCluster(client, flow.namespace, AbortSignal.timeout(READ_TIMEOUT_MS));
    const others = cluster.nodes.filter(({ metadata }) => !flow.nodes.has(metadata.name ?? ''));
    const nodes = [...flow.nodes.values(), ...others].map((node) =>
      triggeredBy(readClusterNode(node, cluster), flow.signalled),
    );
    const report = checkFlow(nodes);
    reports.push(files.length === 0 ? report : only(report, flow.nodes));
  }
  return merged(reports);
}

const EMPTY = { nodes: new Map(), signalled: new Set<string>() };

function triggeredBy(node: FlowNode, signalled: ReadonlySet<string>): FlowNode {
  return signalled.has(node.name) ? { ...node, isTrigger: true } : node;
}

/** What concerns the nodes of the files; the others of the cluster are there to be checked against. */
function only({ edges, findings }: FlowReport, nodes: FileFlow['nodes']): FlowReport {
  const isOwn = ({ node }: { readonly node: string }) => nodes.has(node);
  return flowReport(edges.filter(isOwn), findings.filter(isOwn));
}

function merged(reports: readonly FlowReport[]): FlowReport {
  return flowReport(
    reports.flatMap(({ edges }) => edges),
    reports.flatMap(({ findings }) => findings),
  );
}
