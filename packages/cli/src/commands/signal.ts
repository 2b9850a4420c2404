import { API_GROUP, API_VERSION, NODE_LABEL, type TinySignal } from '@tinysystems/api';
import { Informer } from '@tinysystems/kubernetes';
import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { type ClusterOptions, clusterOptions, openCluster } from '../cluster-access.ts';
import { SIGNALS } from '../dev/cluster.ts';
import { parseData } from '../parse-data.ts';

interface SignalOptions extends ClusterOptions {
  readonly data: string;
  readonly timeout: string;
}

/** `tinysystems signal NODE PORT`: creates a TinySignal and waits until it ended. */
export function signalCommand(): Command {
  const command = new Command('signal')
    .description('Triggers a node once and waits for the end.')
    .argument('<node>', 'name of the TinyNode')
    .argument('<port>', 'in port of the node')
    .option('--data <json>', 'the message', '{}')
    .option('--timeout <seconds>', 'how long the delivery may take', '30')
    .exitOverride()
    .action((node: string, port: string, options: SignalOptions) => signal(node, port, options));
  for (const option of clusterOptions()) command.addOption(option);
  return command;
}

async function signal(node: string, port: string, options: SignalOptions): Promise<void> {
  const timeoutSeconds = Number(options.timeout);
  if (!Number.isSafeInteger(timeoutSeconds) || timeoutSeconds < 1)
    throw new CliError(`--timeout ${options.timeout}: must be whole seconds, at least 1`);
  await using cluster = openCluster(options);
  const signals = cluster.client.resource(SIGNALS, cluster.namespace);
  const created = await signals.create({
    apiVersion: `${API_GROUP}/${API_VERSION}`,
    kind: 'TinySignal',
    metadata: { generateName: `${node}-`, labels: { [NODE_LABEL]: node } },
    spec: { node, port, data: parseData(options.data), timeoutSeconds },
  });
  const { phase, message, traceID } =
    (await whenEnded(signals, created, (timeoutSeconds + 10) * 1000)).status ?? {};
  const trace = traceID === undefined ? '' : `\nLook at it: tinysystems trace ${traceID}`;
  if (phase === 'Delivered') process.stdout.write(`Delivered to ${node}:${port}${trace}\n`);
  else
    throw new CliError(
      `${phase ?? 'Not taken up'}: ${message ?? `no module took the signal: kubectl describe tinysignal ${created.metadata.name}`}${trace}`,
    );
}

async function whenEnded(
  client: ConstructorParameters<typeof Informer<TinySignal>>[0]['client'],
  created: TinySignal,
  timeoutMs: number,
): Promise<TinySignal> {
  const end = new AbortController();
  const informer = new Informer({ client, fieldSelector: `metadata.name=${created.metadata.name}` });
  let last = created;
  const look = (object: TinySignal) => {
    last = object;
    if (object.status?.phase === 'Delivered' || object.status?.phase === 'Failed') end.abort();
  };
  informer.onEvent({
    add: look,
    update: look,
    delete: (object) => {
      last = object;
      end.abort();
    },
  });
  await informer.run(AbortSignal.any([end.signal, AbortSignal.timeout(timeoutMs)]));
  return last;
}
