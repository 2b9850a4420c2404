import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, LEASE, resourceType } from '@tinysystems/kubernetes';
import { eventually } from '@tinysystems/testing';
import { AcknowledgedWrites, type Found } from './acknowledged-writes.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';
import type { Fault, Measures, Scale } from './fault.ts';
import { LeaseCounter } from './lease-counter.ts';
import { type Collection, RandomWriter, keyOf } from './random-writer.ts';
import { StrictWatcher } from './strict-watcher.ts';

const type = (group: string, version: string, kind: string, namespaced = true) =>
  resourceType<NonNullable<Found>>({ group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced });
const CONFIG_MAP = type('', 'v1', 'ConfigMap');
const WIDGET = type('example.com', 'v1', 'Widget');
const CRD = type('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', false);

const TEXTS = { type: 'object', additionalProperties: { type: 'string' } };
const SCHEMA = { type: 'object', properties: { spec: TEXTS, status: TEXTS } };
const WIDGET_CRD = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: WIDGET.group,
    scope: 'Namespaced',
    names: { kind: WIDGET.kind, plural: WIDGET.plural },
    versions: [
      {
        name: WIDGET.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: SCHEMA },
      },
    ],
  },
};

const WRITERS = 12;
const WATCHERS = 2;
/** How long watchers may take to have everything, once nobody writes. */
const CATCH_UP_MS = 30_000;
/** A start takes about this long: so many kills hit every part of it. */
const START_MS = 600;

/** A control plane with a data directory, killed again and again while many write to it and watch. */
export const cp1KilledControlPlane: Fault = {
  id: 'CP1',
  title: 'the control plane is killed under load',
  target:
    'no acknowledged write is lost, none is torn, versions never go back, watches go on without a gap or get 410',
  async run(scale) {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'cp1-'));
    try {
      return await new Run(dataDirectory, scale).measures();
    } finally {
      await rm(dataDirectory, { recursive: true, force: true });
    }
  },
};

class Run {
  readonly #dataDirectory: string;
  readonly #scale: Scale;
  readonly #writes = new AcknowledgedWrites();
  readonly #counter = new LeaseCounter();
  readonly #writers: readonly RandomWriter[];
  readonly #watchers: ReadonlyArray<{ readonly of: typeof CONFIG_MAP; readonly watcher: StrictWatcher }>;
  #killsAtStart = 0;

  constructor(dataDirectory: string, scale: Scale) {
    this.#dataDirectory = dataDirectory;
    this.#scale = scale;
    const { random } = scale;
    this.#writers = Array.from(
      { length: WRITERS },
      (_, index) => new RandomWriter({ name: `w${index}`, writes: this.#writes, random }),
    );
    this.#watchers = [CONFIG_MAP, WIDGET].flatMap((of) =>
      Array.from({ length: WATCHERS }, () => ({ of, watcher: new StrictWatcher(this.#writes) })),
    );
  }

  async measures(): Promise<Measures> {
    const kills = this.#scale.of(10, 200);
    for (let kill = 0; kill < kills; kill += 1) {
      // The first one hits a start with nothing there.
      if (kill === 0 || this.#scale.random() < 0.15) await this.#killAtStart();
      else await this.#killAtWork();
    }
    await this.#withServer((_server, client) => this.#judge(client));
    const sum = (of: 'events' | 'resumed' | 'expired') =>
      this.#watchers.reduce((total, { watcher }) => total + watcher[of], 0);
    return {
      kills,
      killsAtStart: this.#killsAtStart,
      acknowledgedWrites: this.#writes.count,
      unansweredKept: this.#writes.unanswered.kept,
      unansweredGone: this.#writes.unanswered.gone,
      watchEvents: sum('events'),
      watchesResumed: sum('resumed'),
      watchesExpired: sum('expired'),
    };
  }

  async #killAtStart(): Promise<void> {
    const server = new ControlPlaneProcess(this.#dataDirectory);
    await sleep(this.#scale.random() * START_MS);
    await server.kill();
    this.#killsAtStart += 1;
  }

  async #killAtWork(): Promise<void> {
    await this.#withServer(async (server, client) => {
      await this.#judge(client);
      const gone = new AbortController();
      const followers = this.#watchers.map(({ of, watcher }) => {
        return watcher.follow(collection(client, of), gone.signal);
      });
      // What fails here is told at the end of the round; until then nobody waits for it.
      const followed = Promise.all(followers);
      followed.catch(() => undefined);
      await Promise.race([this.#caughtUp(client), followed]);
      const writing = this.#write(client, gone.signal);
      await this.#enoughWrites(writing);
      gone.abort();
      await server.kill();
      await Promise.all([writing, followed]);
    });
  }

  async #withServer(use: (server: ControlPlaneProcess, client: Client) => Promise<void>): Promise<void> {
    const server = new ControlPlaneProcess(this.#dataDirectory);
    try {
      await using client = await server.connect();
      await use(server, client);
    } finally {
      await server.kill();
    }
  }

  /** Every promise is kept, and whoever watches has what is there. */
  async #judge(client: Client): Promise<void> {
    if (this.#writes.count === 0) await createWidgetKind(client);
    const found = new Map<string, NonNullable<Found>>();
    let newest = '0';
    for (const objects of [collection(client, CONFIG_MAP), collection(client, WIDGET)]) {
      const { items, metadata } = await objects.list();
      newest = metadata.resourceVersion;
      for (const item of items) found.set(keyOf(objects, item.metadata.name), item);
    }
    this.#writes.judge(newest, found);
    await this.#counter.judge(client.resource(LEASE, 'default'));
  }

  async #caughtUp(client: Client): Promise<void> {
    for (const { of, watcher } of this.#watchers) {
      const objects = collection(client, of);
      const { items } = await objects.list();
      const expected = new Map(items.map((item) => [keyOf(objects, item.metadata.name), item]));
      await eventually(() => assert.deepEqual(sorted(watcher.objects), sorted(expected)), {
        timeoutMs: CATCH_UP_MS,
      });
    }
  }

  /** Writes until the server is gone. */
  async #write(client: Client, gone: AbortSignal): Promise<void> {
    const configMaps = collection(client, CONFIG_MAP);
    const widgets = collection(client, WIDGET);
    const leases = client.resource(LEASE, 'default');
    const writing = this.#writers.map(async (writer, index) => {
      try {
        for (;;) {
          const countsUp = this.#scale.random() < 0.1;
          await (countsUp ? this.#counter.increase(leases, `w${index}`) : writer.write(configMaps, widgets));
        }
      } catch (error) {
        if (!gone.aborted || (error as Error).name === 'AssertionError') throw error;
      }
    });
    await Promise.all(writing);
  }

  /** Resolves at a random moment of the load. */
  async #enoughWrites(writing: Promise<void>): Promise<void> {
    const { random } = this.#scale;
    const goal = this.#writes.count + Math.ceil(random() * 200);
    const isReached = eventually(() => this.#writes.count >= goal, { timeoutMs: CATCH_UP_MS, intervalMs: 1 });
    await Promise.race([isReached, writing]);
    await sleep(random() * 5);
  }
}

function collection(client: Client, of: typeof CONFIG_MAP): Collection {
  return client.resource(of, 'default');
}

async function createWidgetKind(client: Client): Promise<void> {
  await client.resource(CRD).apply(WIDGET_CRD, { fieldManager: 'faults', force: true });
  await eventually(() => collection(client, WIDGET).list());
}

function sorted(objects: ReadonlyMap<string, unknown>): ReadonlyArray<readonly [string, unknown]> {
  return [...objects].toSorted(([a], [b]) => (a < b ? -1 : 1));
}
