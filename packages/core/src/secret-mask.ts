import { TinyError } from './errors.ts';
import { type Json, isJsonObject } from './json.ts';
import { REDACTED } from './schema/redact.ts';

/** Shorter texts stand in too many places to be told from others. */
export const MIN_MASKED_LENGTH = 4;

/**
 * The secrets that this process holds now, to hide them in whatever leaves it for people: logs, events, conditions,
 * spans and the texts of errors. Texts shorter than 4 characters are not hidden.
 */
export class SecretMask {
  /** How often each text is held. */
  readonly #held = new Map<string, number>();
  /** The same, the longest first, so that none is hidden in part; `undefined`: to be sorted. */
  #sorted: readonly string[] | undefined = [];

  /** Whether there is nothing to hide. */
  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Hides these texts from now on. @returns what ends that, once. */
  hold(texts: readonly string[]): () => void {
    const forms = texts.filter((text) => text.length >= MIN_MASKED_LENGTH).flatMap(formsOf);
    if (forms.length === 0) return nothing;
    this.#count(forms, 1);
    let isHeld = true;
    return () => {
      if (isHeld) this.#count(forms, -1);
      isHeld = false;
    };
  }

  /** The text without the secrets; the same when none is in it. */
  text(text: string): string {
    let masked = text;
    for (const secret of this.#longestFirst())
      if (masked.includes(secret)) masked = masked.replaceAll(secret, REDACTED);
    return masked;
  }

  /** The value without the secrets, in texts and keys. */
  json(value: Json): Json {
    if (this.isEmpty) return value;
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number' || typeof value === 'bigint')
      return this.#held.has(String(value)) ? REDACTED : value;
    if (Array.isArray(value)) return value.map((item: Json) => this.json(item));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [this.text(key), this.json(child)]),
    );
  }

  /** The error itself, or, when its text or what caused it quotes a secret, one of the same kind without it. */
  error(error: TinyError): TinyError {
    if (this.isEmpty) return error;
    const { kind, code, retryAfterMs, cause } = error;
    const message = this.text(error.message);
    const branches = error.branches.map((branch) => this.error(branch));
    const isClean =
      message === error.message &&
      branches.every((branch, index) => branch === error.branches[index]) &&
      causesOf(cause).every((text) => this.text(text) === text);
    return isClean ? error : new TinyError(kind, code, message, { retryAfterMs, branches });
  }

  #longestFirst(): readonly string[] {
    return (this.#sorted ??= [...this.#held.keys()].sort((left, right) => right.length - left.length));
  }

  #count(texts: readonly string[], by: 1 | -1): void {
    for (const text of texts) {
      const count = (this.#held.get(text) ?? 0) + by;
      if (count === 0) this.#held.delete(text);
      else this.#held.set(text, count);
    }
    this.#sorted = undefined;
  }
}

/** As it is, and as it is written in JSON: logs are lines of it. */
function formsOf(text: string): readonly string[] {
  const written = JSON.stringify(text).slice(1, -1);
  return written === text ? [text] : [text, written];
}

/** The texts of an error's causes, one below the other. */
function causesOf(cause: unknown): readonly string[] {
  const texts: string[] = [];
  for (let next = cause; typeof next === 'object' && next !== null && texts.length < 10;) {
    const { message, stack, cause: below } = next as Error;
    texts.push(String(message), String(stack));
    next = below;
  }
  if (typeof cause === 'string') texts.push(cause);
  return texts;
}

const nothing = () => undefined;
