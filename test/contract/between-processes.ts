import type { NodeSpec } from '@tinysystems/core';
import type { Note } from './components.ts';
import type { DeliveryHarness } from './delivery.ts';
import { ModuleProcess } from './module-process-handle.ts';
import { moduleOf } from './nodes.ts';
import type { FinishedSpan } from './replica.ts';
import { ServingModule } from './serving-module.ts';

/** Which processes there are, beside this one with the module `near`. */
export interface BetweenProcessesOptions {
  readonly others: readonly string[];
  /** `false`: they take single calls only. */
  readonly takesStreams: boolean;
  /** Changes the flow for this way of delivery. */
  readonly lay?: (specs: readonly NodeSpec[]) => readonly NodeSpec[];
}

/** Modules that talk over gRPC, each in a process of its own. */
export async function startBetweenProcesses({
  others,
  takesStreams,
  lay = (specs) => specs,
}: BetweenProcessesOptions): Promise<DeliveryHarness> {
  const notes: Note[] = [];
  const note = (told: Note) => void notes.push(told);
  await using stack = new AsyncDisposableStack();
  const near = stack.use(await ServingModule.start({ module: 'near', takesStreams, note }));
  const started = await Promise.all(others.map((name) => ModuleProcess.start(name, { takesStreams, note })));
  for (const other of started) stack.use(other);
  const addresses = Object.fromEntries([
    ['near', near.address],
    ...started.map((one) => [one.name, one.address]),
  ]);
  near.know(addresses);
  for (const other of started) await other.ask({ do: 'know', addresses });
  const processes = stack.move();
  return {
    notes,
    async start(specs) {
      const laid = lay(specs);
      for (const other of started)
        await other.ask({ do: 'apply', specs: laid.filter(({ module }) => module === other.name) });
      await near.replica.apply(laid.filter(({ module }) => module === 'near'));
    },
    send(node, data, options = {}) {
      const other = started.find(({ name }) => name === moduleOf(node));
      if (other === undefined) return near.replica.send(node, data, options);
      return other.ask({ do: 'send', node, data, options }) as ReturnType<DeliveryHarness['send']>;
    },
    async spans() {
      const theirs = await Promise.all(started.map((other) => other.ask({ do: 'spans' })));
      return [...near.replica.spans, ...(theirs as (readonly FinishedSpan[])[]).flat()];
    },
    async clear() {
      await near.replica.clear();
      for (const other of started) await other.ask({ do: 'clear' });
      notes.length = 0;
    },
    [Symbol.asyncDispose]: () => processes[Symbol.asyncDispose](),
  };
}
