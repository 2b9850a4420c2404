import { createHash } from 'node:crypto';
import type { ResourceClient } from '@tinysystems/kubernetes';
import type { AcknowledgedWrites, Found } from './acknowledged-writes.ts';
import type { Scale } from './fault.ts';

/** The objects that are written. */
export type Collection = ResourceClient<NonNullable<Found>>;

/** What a {@link RandomWriter} is made of. */
export interface RandomWriterOptions {
  /** No other writer has it. */
  readonly name: string;
  readonly writes: AcknowledgedWrites;
  readonly random: Scale['random'];
}

const OBJECTS = 4;
/** Large enough that a write takes several pages of the storage. */
const MAX_TEXT_BYTES = 40_000;

/** Creates, changes and deletes a few objects of its own, one write after the other. */
export class RandomWriter {
  readonly #options: RandomWriterOptions;
  #count = 0;

  constructor(options: RandomWriterOptions) {
    this.#options = options;
  }

  /** One random write to a ConfigMap or a widget. */
  write(configMaps: Collection, widgets: Collection): Promise<void> {
    const name = `${this.#options.name}-${this.#choose(OBJECTS)}`;
    return this.#choose(2) === 0 ? this.#configMap(configMaps, name) : this.#widget(widgets, name);
  }

  #configMap(configMaps: Collection, name: string): Promise<void> {
    const { writes } = this.#options;
    const key = keyOf(configMaps, name);
    const old = writes.latest(key);
    const data = this.#text();
    const object = { metadata: { name }, data };
    if (old === undefined) return writes.write(key, { data }, () => configMaps.create(object));
    const ways = [
      () => writes.write(key, { data }, () => configMaps.replace({ ...old, data })),
      () => writes.write(key, { data }, () => configMaps.patch(name, { data })),
      () => writes.write(key, undefined, () => configMaps.delete(name)),
    ];
    return this.#one(ways)();
  }

  #widget(widgets: Collection, name: string): Promise<void> {
    const { writes } = this.#options;
    const key = keyOf(widgets, name);
    const old = writes.latest(key);
    const text = this.#text();
    const object = { metadata: { name }, spec: text };
    if (old === undefined) return writes.write(key, { spec: text }, () => widgets.create(object));
    const { spec, status } = old;
    const kept = status === undefined ? {} : { status };
    const ways = [
      () => writes.write(key, { spec: text, ...kept }, () => widgets.replace({ ...old, spec: text })),
      () => writes.write(key, { spec, status: text }, () => widgets.replaceStatus({ ...old, status: text })),
      () => writes.write(key, undefined, () => widgets.delete(name)),
    ];
    return this.#one(ways)();
  }

  /** Text that no other write has. */
  #text(): Readonly<Record<string, string>> {
    const { name, random } = this.#options;
    this.#count += 1;
    const seed = createHash('sha256').update(`${name} ${this.#count} ${random()}`).digest('hex');
    const length = random() < 0.1 ? this.#choose(MAX_TEXT_BYTES) : this.#choose(500);
    return { index: `${this.#count}`, text: seed.repeat(Math.ceil(length / seed.length)) };
  }

  #one<T>(choices: readonly [T, ...T[]] | readonly T[]): T {
    return choices[this.#choose(choices.length)] as T;
  }

  #choose(count: number): number {
    return Math.floor(this.#options.random() * count);
  }
}

/** Names an object of a collection in the log of writes. */
export function keyOf(collection: Collection, name: string | undefined): string {
  return `${collection.name} ${name}`;
}
