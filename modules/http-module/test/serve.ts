import { type ComponentRun, type RunComponentOptions, runComponent } from '@tinysystems/testing';
import { createHttpServer } from '../src/components/http-server.ts';
import { systemClock } from '@tinysystems/sdk';

/** An `http_server` node that listens on loopback. */
export interface Serving extends AsyncDisposable {
  readonly run: ComponentRun;
  readonly port: number;
  get(path: string, init?: RequestInit): Promise<Response>;
}

/** Starts an `http_server` whose flow answers with `wire.request`, or with the given loops. */
export async function serve(
  options: RunComponentOptions & { readonly start?: object } = {},
): Promise<Serving> {
  const { start = {}, ...rest } = options;
  const run = await runComponent(createHttpServer(systemClock), rest);
  await run.send('start', { host: '127.0.0.1', ...start });
  const port = portOf(run);
  return {
    run,
    port,
    get: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init),
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}

/** The port a node listens on; 0 when it does not. */
export function portOf(run: ComponentRun): number {
  const { listenAddr } = run.view as { listenAddr: readonly string[] };
  return Number(listenAddr[0]?.split(':').at(-1) ?? 0);
}
