/** Who a module is to other modules: its name, sanitised, and the namespace it runs in. */
export interface ModuleIdentity {
  readonly namespace: string;
  readonly module: string;
}

const PREFIX = 'spiffe://tinysystems/ns/';
const ALT_NAME = /^URI:spiffe:\/\/tinysystems\/ns\/([a-z0-9-]+)\/module\/([a-z0-9-]+)$/;

/** The URI that a module's certificate carries as its only URI subject alternative name. */
export function identityUri({ namespace, module }: ModuleIdentity): string {
  return `${PREFIX}${namespace}/module/${module}`;
}

/**
 * The identity in a certificate.
 *
 * @param altNames - its subject alternative names, as Node writes them: `DNS:a, URI:b`.
 * @returns `undefined` when it has none, or more than one URI: then nobody can say who it is.
 */
export function identityFromAltNames(altNames: string | undefined): ModuleIdentity | undefined {
  // Node puts names with commas or other odd characters in quotes; an identity never has any.
  const uris = (altNames ?? '').split(', ').filter((name) => name.startsWith('URI:'));
  if (uris.length !== 1 || altNames?.includes('"') === true) return undefined;
  const [, namespace, module] = ALT_NAME.exec(uris[0] ?? '') ?? [];
  return namespace === undefined || module === undefined ? undefined : { namespace, module };
}

/** Whether both are the same module. */
export function isSameIdentity(one: ModuleIdentity, other: ModuleIdentity): boolean {
  return one.namespace === other.namespace && one.module === other.module;
}
