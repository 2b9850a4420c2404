import { resolve } from 'node:path';
import { Command } from 'commander';
import { openControlPlane, parseListen } from '../dev/open-control-plane.ts';
import { shellWord } from '../dev/shell-word.ts';
import { stopSignal, whenAborted } from '../dev/stop-signal.ts';
import { table } from '../dev/table.ts';

interface Options {
  readonly listen: string;
  readonly data?: string;
  readonly kubeconfig: string;
}

/** `tinysystems control-plane`: the embedded API server alone, until Ctrl-C. */
export function controlPlaneCommand(): Command {
  return new Command('control-plane')
    .description('Runs the embedded Kubernetes API server alone.')
    .option('--listen <host:port>', 'where it listens; port 0 takes a free one', '127.0.0.1:6180')
    .option('--data <directory>', 'where it keeps its objects; without it they are in memory only')
    .option('--kubeconfig <file>', 'the kubeconfig it writes', '.tinysystems/kubeconfig')
    .exitOverride()
    .action((options: Options) => run(options));
}

async function run({ listen, data, kubeconfig }: Options): Promise<void> {
  const stop = stopSignal();
  const kubeconfigPath = resolve(kubeconfig);
  await using controlPlane = await openControlPlane({
    ...parseListen(listen),
    kubeconfigPath,
    ...(data !== undefined && { dataDirectory: data }),
  });
  const rows = [
    ['control plane', controlPlane.url],
    ['kubeconfig', kubeconfigPath],
    ['objects', data === undefined ? 'in memory: they end with it (--data keeps them)' : resolve(data)],
    ['try', `kubectl --kubeconfig ${shellWord(kubeconfigPath)} get namespaces`],
    ['stop', 'Ctrl-C'],
  ];
  process.stdout.write(`\n${table(rows).join('\n')}\n\n`);
  await whenAborted(stop);
  process.stdout.write('stopping …\n');
}
