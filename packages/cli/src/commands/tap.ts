import { type TapGap, type TappedMessage, isSameModule, parseAddress } from '@tinysystems/core';
import { ApiError } from '@tinysystems/kubernetes';
import { Command, Option } from 'commander';
import { type ClusterAccess, type ClusterOptions, clusterOptions, openCluster } from '../cluster-access.ts';
import { CliError, textOf } from '../cli-error.ts';
import { NODES } from '../dev/cluster.ts';
import { stopSignal } from '../dev/stop-signal.ts';
import { reach } from '../diagnose/reach.ts';
import { readLines } from '../diagnose/read-lines.ts';
import { type Replica, findReplicas } from '../diagnose/replicas.ts';
import { safeJson, safeText } from '../diagnose/safe-text.ts';
import { tapLine } from '../diagnose/tap-line.ts';

interface TapOptions extends ClusterOptions {
  readonly count?: string;
  readonly timeout?: string;
  readonly output?: 'json';
}

/** `tinysystems tap NODE[:PORT]`: the messages of a node as they come. */
export function tapCommand(): Command {
  const command = new Command('tap')
    .description('Shows the messages of a node as it handles them, until Ctrl-C.')
    .argument('<node[:port]>', 'a node, one of its in ports, or one of its out ports')
    .option('--count <messages>', 'end after so many')
    .option('--timeout <seconds>', 'end after so long')
    .addOption(new Option('-o, --output <form>', 'another form').choices(['json']))
    .exitOverride()
    .action((target: string, options: TapOptions) => tap(target, options));
  for (const option of clusterOptions()) command.addOption(option);
  return command;
}

async function tap(target: string, options: TapOptions): Promise<void> {
  const { node, port } = parseTarget(target);
  const most = positive('--count', options.count) ?? Number.POSITIVE_INFINITY;
  const timeoutS = positive('--timeout', options.timeout);
  const stop = stopSignal();
  const enough = new AbortController();
  const signals = [stop, enough.signal];
  if (timeoutS !== undefined) signals.push(AbortSignal.timeout(timeoutS * 1000));
  const signal = AbortSignal.any(signals);
  await using cluster = openCluster(options);
  const replicas = await replicasToTap(cluster, node, port);
  let shown = 0;
  let dropped = 0;
  const show = (line: TappedMessage | TapGap) => {
    if (shown >= most) return;
    if ('dropped' in line) {
      dropped += line.dropped;
      if (options.output !== 'json')
        process.stderr.write(`(${line.dropped} messages not shown: too many for this tap)\n`);
    } else shown += 1;
    if (options.output === 'json') process.stdout.write(`${safeJson(line)}\n`);
    else if (!('dropped' in line)) process.stdout.write(`${tapLine(line)}\n`);
    if (shown >= most) enough.abort();
  };
  const query = new URLSearchParams({ node, ...(port !== undefined && { port }) }).toString();
  const problems = await Promise.all(
    replicas.map((replica) => follow(replica, { cluster, path: `/tap?${query}`, signal, show })),
  );
  process.stderr.write(`${shown} messages shown, ${dropped} not shown\n`);
  if (problems.every((problem) => problem !== undefined))
    throw new CliError(`no replica of node ${node} can be tapped`);
}

interface FollowOptions {
  readonly cluster: ClusterAccess;
  readonly path: string;
  readonly signal: AbortSignal;
  readonly show: (line: TappedMessage | TapGap) => void;
}

/** Reads one replica until the signal ends it. @returns why it ended earlier. */
async function follow(
  replica: Replica,
  { cluster, path, signal, show }: FollowOptions,
): Promise<string | undefined> {
  let problem = 'it has ended';
  try {
    using reached = await reach(replica, cluster);
    const onOpen = () => void process.stderr.write(`tapping ${replica.identity} of ${replica.module}\n`);
    const lines = readLines<TappedMessage | TapGap>(reached.url + path, signal, onOpen);
    for await (const line of lines) show(line);
  } catch (error) {
    problem = textOf(error);
  }
  if (signal.aborted) return undefined;
  process.stderr.write(`${replica.identity} of ${replica.module} is not tapped: ${safeText(problem)}\n`);
  return problem;
}

/** The replicas that handle the node's messages; what it emits is handled anywhere. */
async function replicasToTap(
  { client, namespace }: ClusterAccess,
  name: string,
  port: string | undefined,
): Promise<readonly Replica[]> {
  const node = await client
    .resource(NODES, namespace)
    .get(name)
    .catch((error: unknown) => {
      if (!ApiError.isNotFound(error)) throw error;
      throw new CliError(
        `there is no TinyNode ${safeText(name)} in namespace ${namespace}: kubectl get tinynodes`,
      );
    });
  const ports = node.status?.ports ?? [];
  const found = ports.find((candidate) => candidate.name === port);
  if (port !== undefined && ports.length > 0 && found === undefined)
    throw new CliError(
      `node ${name} has no port ${safeText(port)}; it has: ${ports.map((each) => each.name).join(', ')}`,
    );
  const replicas = await findReplicas(client, namespace);
  const own =
    found?.source === true
      ? replicas
      : replicas.filter(({ module }) => isSameModule(node.spec.module, module));
  if (own.length > 0) return own;
  throw new CliError(`module ${node.spec.module} of node ${name} does not run: see kubectl get tinymodules`);
}

function parseTarget(target: string): { readonly node: string; readonly port: string | undefined } {
  if (!target.includes(':')) return { node: target, port: undefined };
  const address = parseAddress(target);
  if (address === undefined) throw new CliError(`${safeText(target)}: must be NODE or NODE:PORT`);
  return address;
}

function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new CliError(`${option} ${safeText(text)}: must be a whole number above 0`);
}
