import {
  type Json,
  type JsonSchema,
  type NodeSpec,
  type SecretReference,
  mapSecrets,
  secretReferenceFrom,
} from '@tinysystems/core';
import type { SecretProblem, SecretSource } from '../secret-source.ts';

/** Why settings are not in force. */
export interface SettingsProblem {
  readonly reason: 'Rejected' | SecretProblem;
  readonly message: string;
}

/** A node's settings with the values of the Secrets that they refer to. */
export interface ResolvedSettings {
  /** As they are in the spec when there is a problem. */
  readonly settings: Json;
  readonly problem: SettingsProblem | undefined;
  /** The secret fields whose value stands in the spec itself. */
  readonly plainSecrets: readonly string[];
}

/** Puts the values of Secrets in the place of references in secret fields; elsewhere a reference is data like any other. */
export async function resolveSettings(
  { name, settings }: NodeSpec,
  schema: JsonSchema | undefined,
  source: SecretSource,
): Promise<ResolvedSettings> {
  const { references, plainSecrets } = secretsOf(settings, schema);
  const readings = await source.read(
    name,
    references.map(({ reference }) => reference),
  );
  const values = new Map<string, string>();
  for (const [index, { path }] of references.entries()) {
    const reading = readings[index];
    if (reading === undefined) continue;
    if ('problem' in reading) {
      const problem = { reason: reading.reason, message: `settings.${path}: ${reading.problem}` };
      return { settings, problem, plainSecrets };
    }
    values.set(path, reading.value);
  }
  if (references.length === 0 || schema === undefined) return { settings, problem: undefined, plainSecrets };
  const resolved = mapSecrets(settings, schema, (secret, path) => values.get(path) ?? secret);
  return { settings: resolved, problem: undefined, plainSecrets };
}

/** Where the spec refers to Secrets, and where it holds secrets itself. */
function secretsOf(settings: Json, schema: JsonSchema = {}) {
  const references: { readonly path: string; readonly reference: SecretReference }[] = [];
  const plainSecrets: string[] = [];
  mapSecrets(settings, schema, (secret, path) => {
    const reference = secretReferenceFrom(secret);
    if (reference !== undefined) references.push({ path, reference });
    else if (secret !== '') plainSecrets.push(path);
    return secret;
  });
  return { references, plainSecrets };
}
