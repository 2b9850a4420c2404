import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createServerCredentials, type ServerCredentials } from './certificates.ts';
import type { Clock } from './clock.ts';
import { createToken } from './random.ts';

/** What makes a server the same server after a restart. */
export interface Identity {
  readonly credentials: ServerCredentials;
  readonly token: string;
}

/** Where an identity belongs. */
export interface IdentityOptions {
  readonly host: string;
  readonly dataDirectory: string | undefined;
  readonly clock: Clock;
}

/** Reads the identity in the data directory, or makes one and keeps it there. */
export async function openIdentity({ host, dataDirectory, clock }: IdentityOptions): Promise<Identity> {
  if (dataDirectory === undefined) return createIdentity(host, clock);
  const path = join(dataDirectory, 'identity.json');
  const known = await readIdentity(path);
  if (known) return known;
  const identity = await createIdentity(host, clock);
  await writeFile(path, JSON.stringify(identity), { mode: 0o600 });
  return identity;
}

async function createIdentity(host: string, clock: Clock): Promise<Identity> {
  return { credentials: await createServerCredentials(host, clock), token: createToken() };
}

async function readIdentity(path: string): Promise<Identity | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Identity;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
