import { Command } from 'commander';
import { openControlPlane, parseListen } from '../dev/open-control-plane.ts';
import { stopSignal, whenAborted } from '../dev/stop-signal.ts';

/** `tinysystems control-plane`: the embedded API server alone. */
export function controlPlaneCommand(): Command {
  return new Command('control-plane')
    .description('Runs the embedded Kubernetes API server alone.')
    .option('--listen <host:port>', 'where it listens', '127.0.0.1:6180')
    .option('--data <directory>', 'where it keeps its objects; without it they are in memory only')
    .option('--kubeconfig <file>', 'the kubeconfig it writes', '.tinysystems/kubeconfig')
    .exitOverride()
    .action(async (options: { listen: string; data?: string; kubeconfig: string }) => {
      const stop = stopSignal();
      await using controlPlane = await openControlPlane({
        ...parseListen(options.listen),
        kubeconfigPath: options.kubeconfig,
        ...(options.data !== undefined && { dataDirectory: options.data }),
      });
      process.stdout.write(`control plane  ${controlPlane.url}\nkubeconfig     ${options.kubeconfig}\n`);
      await whenAborted(stop);
    });
}
