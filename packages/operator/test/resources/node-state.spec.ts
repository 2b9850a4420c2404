import type { TinyNode } from '@tinysystems/api';
import { DEFAULT_STATE_BYTES, MAX_STATE_BYTES, type NodeSpec } from '@tinysystems/core';
import { ApiError, type EventHandler } from '@tinysystems/kubernetes';
import { FakeClock } from '@tinysystems/core/testing';
import { NodeStates } from '../../src/resources/node-state.ts';

const SPEC = { name: 'n', namespace: 'default', uid: 'u1' } as NodeSpec;

interface StatePatch {
  readonly metadata: { readonly resourceVersion: string };
  readonly status: { readonly metadata: Readonly<Record<string, string | null>> };
}

/** One TinyNode, with a cache that follows it when told to. */
class Stored {
  readonly patches: object[] = [];
  /** The API server answers only then. */
  answers: Promise<void> = Promise.resolve();
  readonly clock = new FakeClock();
  conflicts = 0;
  node: TinyNode = {
    metadata: { name: 'n', namespace: 'default', uid: 'u1', resourceVersion: '1' },
    spec: { module: 'm', component: 'c' },
  };
  #cached = this.node;
  readonly #handlers: EventHandler<TinyNode>[] = [];
  readonly states = new NodeStates({
    nodes: {
      lister: { get: () => this.#cached, list: () => [this.#cached], byIndex: () => [] },
      onEvent: (handler) => {
        this.#handlers.push(handler);
        return () => undefined;
      },
    },
    client: {
      get: () => Promise.resolve(this.node),
      patch: async (_name, patch) => {
        this.patches.push(patch);
        await this.answers;
        const { metadata, status } = patch as StatePatch;
        if (this.conflicts > 0 || metadata.resourceVersion !== this.node.metadata.resourceVersion) {
          this.conflicts -= 1;
          throw new ApiError({
            code: 409,
            reason: 'Conflict',
            message: 'the object has been modified',
            request: 'PATCH n',
          });
        }
        const kept = Object.entries({ ...this.node.status?.metadata, ...status.metadata }).filter(
          (entry): entry is [string, string] => entry[1] !== null,
        );
        this.store(Object.fromEntries(kept));
        return this.node;
      },
    },
    clock: this.clock,
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });

  store(metadata: Record<string, string>): void {
    const resourceVersion = String(Number(this.node.metadata.resourceVersion) + 1);
    this.node = { ...this.node, metadata: { ...this.node.metadata, resourceVersion }, status: { metadata } };
  }

  /** The watch brings what is stored. */
  follow(): void {
    const old = this.#cached;
    this.#cached = this.node;
    for (const handler of this.#handlers) handler.update?.(this.node, old);
  }
}

const settle = async (stored: Stored, steps = 10) => {
  for (let step = 0; step < steps; step += 1) {
    await stored.clock.advance(100);
  }
};

describe('the state of a node', () => {
  it('is visible at once and stored soon, writes folded into one patch', async () => {
    const stored = new Stored();
    const state = stored.states.of(SPEC, DEFAULT_STATE_BYTES);
    const writes = [state.set('a', '1'), state.set('b', '2'), state.set('a', '3')];
    expect(state.get('a')).toBe('3');
    await settle(stored);
    await Promise.all(writes);
    expect(stored.patches).toEqual([
      { metadata: { resourceVersion: '1' }, status: { metadata: { a: '3', b: '2' } } },
    ]);
  });

  it('gathers writes for 50 ms, and a write resolves only when it is stored', async () => {
    const stored = new Stored();
    const answer = Promise.withResolvers<void>();
    stored.answers = answer.promise;
    let isDone = false;
    const write = stored.states
      .of(SPEC, DEFAULT_STATE_BYTES)
      .set('a', '1')
      .then(() => (isDone = true));
    await stored.clock.advance(49);
    expect(stored.patches).toHaveLength(0);
    await stored.clock.advance(1);
    expect(stored.patches).toHaveLength(1);
    await settle(stored);
    expect(isDone).toBe(false);
    answer.resolve();
    await write;
    expect(stored.node.status?.metadata).toEqual({ a: '1' });
  });

  it('keeps what another replica wrote meanwhile: a patch of an older version is made again', async () => {
    const stored = new Stored();
    const write = stored.states.of(SPEC, DEFAULT_STATE_BYTES).set('mine', '1');
    stored.store({ theirs: '2' });
    await settle(stored);
    await write;
    expect(stored.patches).toEqual(
      ['1', '2'].map((resourceVersion) => ({
        metadata: { resourceVersion },
        status: { metadata: { mine: '1' } },
      })),
    );
    expect(stored.node.status?.metadata).toEqual({ theirs: '2', mine: '1' });
  });

  it('is written again when another replica was faster', async () => {
    const stored = new Stored();
    stored.conflicts = 2;
    const write = stored.states.of(SPEC, DEFAULT_STATE_BYTES).set('a', '1');
    await settle(stored, 30);
    await write;
    expect(stored.patches).toHaveLength(3);
    expect(stored.node.status?.metadata).toEqual({ a: '1' });
  });

  it('takes a write back that could not be stored', async () => {
    const stored = new Stored();
    stored.conflicts = Number.POSITIVE_INFINITY;
    const state = stored.states.of(SPEC, DEFAULT_STATE_BYTES);
    const write = state.set('a', '1');
    const outcome = expect(write).rejects.toMatchObject({ kind: 'Transient', code: 'STATE_CONFLICT' });
    await settle(stored, 60);
    await outcome;
    expect(state.get('a')).toBeUndefined();
  });

  it.each([
    ['64 KiB', DEFAULT_STATE_BYTES, '65537'],
    ['what the component of its node asks for', MAX_STATE_BYTES, '900001'],
  ])('takes as much as %s and refuses more, saying how much it would be', async (_what, max, tooMany) => {
    const stored = new Stored();
    stored.store({ ü: 'é' });
    stored.follow();
    const state = stored.states.of(SPEC, max);
    const most = max - 4 - 'big'.length;
    await expect(state.set('big', 'x'.repeat(most + 1))).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'STATE_TOO_LARGE',
      message: expect.stringContaining(`would have ${tooMany} bytes with key big; the limit is ${max}`),
    });
    expect(state.get('big')).toBeUndefined();
    const write = state.set('big', 'x'.repeat(most));
    await settle(stored);
    await write;
    expect(Object.keys(stored.node.status?.metadata ?? {})).toEqual(['ü', 'big']);
  });

  it('has the limit of the component that its node has now', async () => {
    const { states } = new Stored();
    const state = states.of(SPEC, 100);
    expect(states.of(SPEC, 2)).toBe(state);
    await expect(state.set('big', '')).rejects.toMatchObject({ code: 'STATE_TOO_LARGE' });
  });

  it('tells what another replica wrote', async () => {
    const stored = new Stored();
    const state = stored.states.of(SPEC, DEFAULT_STATE_BYTES);
    const seen: (string | undefined)[] = [];
    state.onChange(() => seen.push(state.get('a')));
    stored.node = { ...stored.node, status: { metadata: { a: 'theirs' } } };
    stored.follow();
    expect(seen).toEqual(['theirs']);
  });

  it('forgets a deleted key', async () => {
    const stored = new Stored();
    stored.node = { ...stored.node, status: { metadata: { a: '1' } } };
    stored.follow();
    const state = stored.states.of(SPEC, DEFAULT_STATE_BYTES);
    const write = state.delete('a');
    expect(state.get('a')).toBeUndefined();
    await settle(stored);
    await write;
    expect(stored.node.status?.metadata).toEqual({});
  });

  it('shows what another replica wrote last, even where the cache never showed the own write', async () => {
    const stored = new Stored();
    const state = stored.states.of(SPEC, DEFAULT_STATE_BYTES);
    const write = state.set('a', 'mine');
    await settle(stored);
    await write;
    expect(state.get('a')).toBe('mine');
    stored.store({ a: 'theirs' });
    stored.follow();
    expect(state.get('a')).toBe('theirs');
  });

  it('shows the own write until the cache does', async () => {
    const stored = new Stored();
    const state = stored.states.of(SPEC, DEFAULT_STATE_BYTES);
    const write = state.set('a', '1');
    stored.store({ b: '2' });
    stored.follow();
    expect(state.get('a')).toBe('1');
    await settle(stored);
    await write;
    expect(state.get('a')).toBe('1');
    stored.follow();
    expect([state.get('a'), state.get('b')]).toEqual(['1', '2']);
  });

  it('keeps a newer value when an older one of the same key could not be stored', async () => {
    const stored = new Stored();
    stored.conflicts = Number.POSITIVE_INFINITY;
    const state = stored.states.of(SPEC, DEFAULT_STATE_BYTES);
    const first = expect(state.set('a', '1')).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
    await stored.clock.advance(60);
    const second = state.set('a', '2');
    for (let step = 0; stored.conflicts > 0 && step < 1000; step += 1) {
      await stored.clock.advance(20);
      if (stored.patches.length >= 8) stored.conflicts = 0;
    }
    await first;
    expect(state.get('a')).toBe('2');
    await settle(stored);
    await second;
    expect(stored.node.status?.metadata).toEqual({ a: '2' });
  });

  it('begins anew with another node of the same name', () => {
    const { states } = new Stored();
    const former = states.of(SPEC, DEFAULT_STATE_BYTES);
    expect(states.of(SPEC, DEFAULT_STATE_BYTES)).toBe(former);
    expect(states.of({ ...SPEC, uid: 'u2' }, DEFAULT_STATE_BYTES)).not.toBe(former);
  });
});
