import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlPlaneProcess } from '../../faults/control-plane-process.ts';
import type { ApiServer } from './api-server.ts';

/** The embedded control plane; it keeps its objects on disk, as etcd does. */
export async function startEmbeddedServer(): Promise<ApiServer> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'bench-embedded-'));
  const server = new ControlPlaneProcess(dataDirectory);
  return {
    config: await server.config(),
    async [Symbol.asyncDispose]() {
      await server.kill();
      await rm(dataDirectory, { recursive: true });
    },
  };
}
