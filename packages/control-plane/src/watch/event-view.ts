import { encodeView, table, type ViewOptions } from '../http/views.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Selector } from '../resources/selectors.ts';
import type { StoreEvent } from '../storage/revision-log.ts';
import { writeJson } from '../exact-json.ts';

/** An event as one watcher sees it. */
export interface SeenEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

/**
 * What a change means to a watcher with a selector: an object that begins to match is ADDED, one that stops is DELETED.
 *
 * @returns `undefined` when the watcher sees nothing.
 */
export function seenBy(selector: Selector, event: StoreEvent): SeenEvent | undefined {
  const isSeen = event.type !== 'DELETED' && selector(event.object);
  const wasSeen = event.previous !== undefined && selector(event.previous);
  if (isSeen) return { type: wasSeen ? 'MODIFIED' : 'ADDED', object: event.object };
  if (!wasSeen || !event.previous) return undefined;
  return {
    type: 'DELETED',
    object: event.type === 'DELETED' ? event.object : lastSeen(event, event.previous),
  };
}

/**
 * Writes events as lines of watches. All watchers get one event before the next: so its lines are kept until then, and
 * each is encoded once for each type and format, however many watchers there are.
 */
export class EventEncoder {
  readonly #lines = new Map<string, Buffer>();
  #object: KubeObject | undefined;

  /** One line of a watch. */
  encode(seen: SeenEvent, view: ViewOptions, isFirst: boolean): Buffer {
    // A table shows ages, which are different for everyone who comes later.
    if (view.presentation.form === 'table') return writeLine(seen, view, isFirst);
    if (this.#object !== seen.object) this.#lines.clear();
    this.#object = seen.object;
    const { form, metaVersion } = view.presentation;
    const key = `${seen.type} ${form} ${form === 'partial' ? metaVersion : view.resource.version.name}`;
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, (line = writeLine(seen, view, isFirst)));
    return line;
  }
}

function writeLine({ type, object }: SeenEvent, view: ViewOptions, isFirst: boolean): Buffer {
  return Buffer.from(`{"type":"${type}","object":${encodeBody(object, view, isFirst)}}\n`, 'utf8');
}

const departures = new WeakMap<StoreEvent, KubeObject>();

// A departing object shows its last matching state at the revision of the change that made it leave.
function lastSeen(event: StoreEvent, previous: KubeObject): KubeObject {
  let departed = departures.get(event);
  if (!departed) {
    departed = { ...previous, metadata: { ...previous.metadata, resourceVersion: String(event.revision) } };
    departures.set(event, departed);
  }
  return departed;
}

function encodeBody(object: KubeObject, view: ViewOptions, isFirst: boolean): string {
  if (view.presentation.form !== 'table') return encodeView(object, view);
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  return writeJson(table([object], view, { metadata, hasColumns: isFirst }));
}
