import type { SecretReference } from '@tinysystems/core';
import type { SecretReading, SecretSource } from '@tinysystems/engine';

/** Secrets that a test gives. */
export class MemorySecrets implements SecretSource {
  readonly #values: Readonly<Record<string, Readonly<Record<string, string>>>>;

  /** @param values - by key, by name of the Secret. */
  constructor(values: Readonly<Record<string, Readonly<Record<string, string>>>>) {
    this.#values = values;
  }

  read(_node: string, references: readonly SecretReference[]): Promise<readonly SecretReading[]> {
    return Promise.resolve(references.map((reference) => this.#reading(reference)));
  }

  #reading({ name, key }: SecretReference): SecretReading {
    const secret = this.#values[name];
    if (secret === undefined)
      return { reason: 'SecretNotFound', problem: `the test gives no Secret ${name}` };
    const value = secret[key];
    if (value === undefined)
      return { reason: 'SecretKeyNotFound', problem: `the Secret ${name} of the test has no key ${key}` };
    return { value };
  }
}
