import { Authority, type Credentials } from './authority.ts';
import type { Clock } from './clock.ts';

/** What a server needs for TLS: its own credentials and the authority that clients trust. */
export interface ServerCredentials {
  readonly authority: Credentials;
  readonly server: Credentials;
}

/** Makes an authority and a server certificate for loopback and `host`. */
export async function createServerCredentials(host: string, clock: Clock): Promise<ServerCredentials> {
  const authority = await Authority.create('control-plane-ca', clock);
  const hosts = new Set(['127.0.0.1', '::1', 'localhost', 'kubernetes.default.svc', host]);
  const server = await authority.issue({ name: 'control-plane', hosts, usages: ['server'] });
  return { authority: authority.credentials, server };
}
