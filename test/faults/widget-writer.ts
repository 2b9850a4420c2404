import type { ResourceClient } from '@tinysystems/kubernetes';
import { type Widget, widget } from '../integration/kubernetes-cluster.ts';

const NAMES = 20;

/** Creates, changes, deletes and creates again widgets by chance, and knows which incarnations it deleted. */
export class WidgetWriter {
  readonly deletedUids = new Set<string>();
  readonly #widgets: ResourceClient<Widget>;
  readonly #random: () => number;
  readonly #uids = new Map<string, string>();
  #size = 0;

  constructor(widgets: ResourceClient<Widget>, random: () => number) {
    this.#widgets = widgets;
    this.#random = random;
  }

  /** So many changes, one after the other. */
  async change(count: number): Promise<void> {
    for (let at = 0; at < count; at += 1) await this.#changeOne(`w${Math.floor(this.#random() * NAMES)}`);
  }

  async #changeOne(name: string): Promise<void> {
    const choice = this.#random();
    if (!this.#uids.has(name)) return this.#create(name);
    if (choice < 0.6) {
      await this.#widgets.patch(name, { spec: { size: ++this.#size } });
      return;
    }
    await this.#delete(name);
    if (choice < 0.8) await this.#create(name);
  }

  async #create(name: string): Promise<void> {
    const { metadata } = await this.#widgets.create(widget(name, ++this.#size));
    this.#uids.set(name, metadata.uid ?? '');
  }

  async #delete(name: string): Promise<void> {
    this.deletedUids.add(this.#uids.get(name) ?? '');
    this.#uids.delete(name);
    await this.#widgets.delete(name);
  }
}
