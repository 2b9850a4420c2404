import { randomBytes, randomInt, randomUUID } from 'node:crypto';

// Kubernetes leaves out vowels and look-alikes, so that no generated name reads as a word.
const NAME_ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** A new object identity. */
export function createUid(): string {
  return randomUUID();
}

/** The five characters that `generateName` adds. */
export function createNameSuffix(): string {
  return Array.from({ length: 5 }, () => NAME_ALPHABET[randomInt(NAME_ALPHABET.length)]).join('');
}

/** A bearer token with 256 random bits. */
export function createToken(): string {
  return randomBytes(32).toString('base64url');
}
