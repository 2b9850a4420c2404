import { readFile } from 'node:fs/promises';
import { systemClock } from '../clock.ts';
import type { Clock } from '../clock.ts';
import type { ClusterConfig } from './cluster-config.ts';

/** How a request gets its Authorization header. */
export type Authorization = ClusterConfig['authorization'];

/** Kubernetes replaces a mounted token well before it expires; reading it each minute is what its own clients do. */
const TOKEN_FILE_AGE_MS = 60_000;

/** Always the same value. */
export function fixedAuthorization(value: string | undefined): Authorization {
  return () => Promise.resolve(value);
}

/** The token in a file that is replaced from time to time: read again each minute, and when refused. */
export function fileToken(path: string, clock: Clock = systemClock): Authorization {
  let cached: { readonly value: string; readonly readAtMs: number } | undefined;
  return async ({ refresh = false } = {}) => {
    const nowMs = clock.monotonicMs();
    if (cached === undefined || refresh || nowMs - cached.readAtMs >= TOKEN_FILE_AGE_MS) {
      cached = { value: `Bearer ${(await readFile(path, 'utf8')).trim()}`, readAtMs: nowMs };
    }
    return cached.value;
  };
}

/** A user entry as client-node's plugins expect it. */
export interface PluginUser {
  readonly name: string;
  readonly exec?: object;
  readonly authProvider?: object;
}

/** The authenticators of client-node that we use, and what we use of them. */
interface Authenticator {
  applyAuthentication(user: PluginUser, request: PluginRequest): Promise<void>;
}

interface PluginRequest {
  readonly headers: Record<string, string>;
  readonly cert?: string;
}

/**
 * Asks an exec plugin or an OIDC issuer, through client-node. It is loaded at the first request only:
 * OIDC drags in the whole generated API (0.7 s, 79 MiB).
 */
export function pluginAuthorization(kind: 'exec' | 'oidc', user: PluginUser): Authorization {
  let plugin: Promise<Authenticator> | undefined;
  return async ({ refresh = false } = {}) => {
    if (refresh) plugin = undefined; // A new authenticator has no cached token.
    plugin ??= loadPlugin(kind);
    const request: PluginRequest = { headers: {} };
    await (await plugin).applyAuthentication(user, request);
    if (request.cert !== undefined) {
      throw new Error(
        `The exec plugin of user "${user.name}" returned a client certificate; only tokens are supported.`,
      );
    }
    return request.headers['Authorization'];
  };
}

async function loadPlugin(kind: 'exec' | 'oidc'): Promise<Authenticator> {
  if (kind === 'exec') {
    const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js');
    return new ExecAuth();
  }
  const { OpenIDConnectAuth } = await import('@kubernetes/client-node/dist/oidc_auth.js');
  return new OpenIDConnectAuth();
}
