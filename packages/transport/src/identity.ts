/** Who a module is to other modules: its name, sanitised, and the namespace it runs in. */
export interface ModuleIdentity {
  readonly namespace: string;
  readonly module: string;
}

const PREFIX = 'spiffe://tinysystems/ns/';
const URI_NAME = /^URI:spiffe:\/\/tinysystems\/ns\/(?<namespace>[a-z0-9-]+)\/module\/(?<module>[a-z0-9-]+)$/;
const DNS_NAME = /^DNS:(?<module>[a-z0-9-]+)\.(?<namespace>[a-z0-9-]+)\.modules\.tinysystems\.internal$/;

/** The URI that a module's certificate carries as its only URI subject alternative name. */
export function identityUri({ namespace, module }: ModuleIdentity): string {
  return `${PREFIX}${namespace}/module/${module}`;
}

/**
 * The identity in a certificate: that of its URI, or of the name `<module>.<namespace>.modules.tinysystems.internal`
 * where who made it cannot write URIs, as Helm.
 *
 * @param altNames - its subject alternative names, as Node writes them: `DNS:a, URI:b`.
 * @returns `undefined` when it has none or several, or another URI: then nobody can say who it is.
 */
export function identityFromAltNames(altNames: string | undefined): ModuleIdentity | undefined {
  // Node puts names with commas or other odd characters in quotes; an identity never has any.
  if (altNames === undefined || altNames.includes('"')) return undefined;
  const names = altNames.split(', ');
  const uris = names.filter((name) => name.startsWith('URI:'));
  const named = uris.length > 0 ? uris : names.filter((name) => DNS_NAME.test(name));
  if (named.length !== 1) return undefined;
  const [name = ''] = named;
  const { namespace, module } = (URI_NAME.exec(name) ?? DNS_NAME.exec(name))?.groups ?? {};
  return namespace === undefined || module === undefined ? undefined : { namespace, module };
}

/** Whether both are the same module. */
export function isSameIdentity(one: ModuleIdentity, other: ModuleIdentity): boolean {
  return one.namespace === other.namespace && one.module === other.module;
}
