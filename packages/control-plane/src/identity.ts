import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createServerCredentials, type ServerCredentials } from './certificates.ts';
import type { Clock } from './clock.ts';
import { writePrivateFile } from './private-file.ts';
import { createToken } from './random.ts';

/** What makes a server the same server after a restart. */
export interface Identity {
  /** The address that the certificate is for, besides loopback. */
  readonly host: string;
  readonly credentials: ServerCredentials;
  readonly token: string;
}

/** Where an identity belongs. */
export interface IdentityOptions {
  readonly host: string;
  readonly dataDirectory: string | undefined;
  readonly clock: Clock;
}

/** Reads the identity in the data directory, or makes one and keeps it there; another host needs new certificates. */
export async function openIdentity({ host, dataDirectory, clock }: IdentityOptions): Promise<Identity> {
  const path = dataDirectory === undefined ? undefined : join(dataDirectory, 'identity.json');
  const known = path === undefined ? undefined : await readIdentity(path);
  if (known?.host === host) return known;
  const credentials = await createServerCredentials(host, clock);
  const identity = { host, credentials, token: known?.token ?? createToken() };
  if (path !== undefined) await writePrivateFile(path, JSON.stringify(identity));
  return identity;
}

async function readIdentity(path: string): Promise<Identity | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Identity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const why = error instanceof Error ? error.message : String(error);
    const advice =
      'Restore it; or delete it to get a new token and authority, and give clients the new kubeconfig.';
    throw new Error(`${path} cannot be read: ${why}. ${advice}`, { cause: error });
  }
}
