import type { SecretReference } from '@tinysystems/core';

/** Reads Secrets for the settings of nodes; the operator gives it. */
export interface SecretSource {
  /**
   * What these references hold, in their order. From then on they are followed, in place of those that were read for
   * the node before: after a change the node's spec is applied again. No references end that. Never rejects.
   */
  read(node: string, references: readonly SecretReference[]): Promise<readonly SecretReading[]>;
}

/** What a reference holds, or why that is not known. */
export type SecretReading =
  { readonly value: string } | { readonly reason: SecretProblem; readonly problem: string };

/** Why a referenced secret has no value. */
export type SecretProblem =
  'SecretNotFound' | 'SecretKeyNotFound' | 'SecretForbidden' | 'SecretUnreadable' | 'SecretUnread';

/** Where there are no Secrets. */
export const NO_SECRETS: SecretSource = {
  read: (_node, references) =>
    Promise.resolve(
      references.map(({ name, key }) => ({
        reason: 'SecretNotFound',
        problem: `Secret ${name}, of which it wants key ${key}, cannot be read here`,
      })),
    ),
};
