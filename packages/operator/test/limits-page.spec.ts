import { readFileSync } from 'node:fs';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_STATE_BYTES,
  MAX_COMPILED_SCHEMAS,
  MAX_DEPTH,
  MAX_IN_FLIGHT_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_STATE_BYTES,
} from '@tinysystems/core';
import {
  BACKGROUND_DEADLINE_MS,
  MAX_DETACHED,
  MAX_NODE_WAITERS,
  MAX_TRACKERS,
  NODE_READY_WAIT_MS,
  UNKNOWN_NODE_WAIT_MS,
} from '@tinysystems/engine';
import {
  DEFAULT_CALL_TIMEOUT_MS,
  MAX_MODULE_WAITERS,
  MAX_SINGLE_CALLS,
  MAX_WAITING_CALLS,
  MODULE_WAIT_MS,
  UNKNOWN_MODULE_WAIT_MS,
} from '@tinysystems/transport';
import { MAX_TAPS } from '../src/diagnostics/diagnostics-server.ts';
import { EDGE_WAIT_MS, MAX_WAITING } from '../src/edge-guard.ts';
import { DEFAULT_TIMEOUT_S } from '../src/reconcilers/signal-delivery.ts';
import { MAX_DELIVERIES } from '../src/reconcilers/signal-reconciler.ts';
import { MAX_UNKNOWN_NODE_WAITERS } from '../src/resources/node-directory.ts';
import { MAX_SECRETS } from '../src/resources/node-secrets.ts';
import { MAX_SERIES } from '../src/telemetry/node-metrics.ts';
import { MAX_QUEUE_BYTES, MAX_QUEUE_SPANS } from '../src/telemetry/span-export.ts';
import { MAX_RING_BYTES, MAX_RING_SPANS } from '../src/telemetry/span-ring.ts';

const pageOf = (name: string) =>
  readFileSync(new URL(`../../../docs/reference/${name}.md`, import.meta.url), 'utf8');
const page = pageOf('limits');
const rows = [...page.matchAll(/^\| (.+?) +\| (.+?) +\|/gm)].map(([, what, limit]) => [what, limit] as const);
const limitOf = (what: string) => rows.find(([first]) => first === what)?.[1];
const count = (value: number) => value.toLocaleString('en');
const mib = (bytes: number) => `${bytes / 2 ** 20} MiB`;
const seconds = (ms: number) => `${ms / 1000} s`;

describe('the page of limits', () => {
  it.each([
    ['bytes that have come in and are not answered yet', mib(MAX_IN_FLIGHT_BYTES)],
    ['one message or reply between modules', mib(MAX_MESSAGE_BYTES)],
    ['handlers of a node that run their own code', count(DEFAULT_CONCURRENCY.max)],
    ['messages that wait for a handler of a node', count(DEFAULT_CONCURRENCY.queue)],
    [
      'messages that wait for nodes to become ready',
      `${count(MAX_NODE_WAITERS)}, each ${seconds(NODE_READY_WAIT_MS)}`,
    ],
    [
      'messages that wait for nodes that nobody knows yet',
      `${count(MAX_UNKNOWN_NODE_WAITERS)}, each ${seconds(UNKNOWN_NODE_WAIT_MS)}`,
    ],
    [
      'messages that wait for a module without a replica',
      `${count(MAX_MODULE_WAITERS)}, each ${seconds(MODULE_WAIT_MS)}; ${seconds(UNKNOWN_MODULE_WAIT_MS)} when there is no such module`,
    ],
    [
      'messages of other modules whose edge is not known yet',
      `${count(MAX_WAITING)}, each ${seconds(EDGE_WAIT_MS)}`,
    ],
    [
      'calls that wait to be written to one replica of another module',
      `${count(MAX_WAITING_CALLS)}, ${mib(MAX_IN_FLIGHT_BYTES)}`,
    ],
    ['calls in work at a replica that takes single calls only', count(MAX_SINGLE_CALLS)],
    ['replies that a calling module leaves unread', `${mib(MAX_IN_FLIGHT_BYTES)} for each connection`],
    ['detached emissions of a node at once', count(MAX_DETACHED)],
    ['TinySignals that a leader delivers at once', count(MAX_DELIVERIES)],
    ['hops of a chain', count(MAX_DEPTH)],
    ['a TinySignal', `${DEFAULT_TIMEOUT_S} s, or \`spec.timeoutSeconds\``],
    ['what a node emits by itself, or detaches', `${BACKGROUND_DEADLINE_MS / 60_000} minutes`],
    ['a call of a foreign client without a deadline', seconds(DEFAULT_CALL_TIMEOUT_MS)],
    ['spans of a replica', `${count(MAX_RING_SPANS)} and ${mib(MAX_RING_BYTES)}`],
    ['spans that wait for a collector', `${count(MAX_QUEUE_SPANS)} and ${mib(MAX_QUEUE_BYTES)}`],
    ['taps of a replica', `${MAX_TAPS}; 1,000 messages a second and 1 MiB unread each`],
    [
      'state of a node',
      `${DEFAULT_STATE_BYTES / 1024} KiB, or \`maxStateBytes\` of its component, at most ${count(MAX_STATE_BYTES)} bytes`,
    ],
    ['Secrets that the settings of its nodes refer to', count(MAX_SECRETS)],
    ['trackers that a replica records for', count(MAX_TRACKERS)],
    ['schemas whose checks are kept compiled, by content', count(MAX_COMPILED_SCHEMAS)],
    ['series of metrics for nodes, ports and edges', `${count(MAX_SERIES)} each`],
  ])('says of %s: %s', (what, limit) => expect(limitOf(what)).toBe(limit));

  it('names metrics that the page of metrics explains', () => {
    const metrics = pageOf('observability');
    const named = [...new Set(page.match(/\btiny_\w+/g))];
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !metrics.includes(`\`${name}\``))).toEqual([]);
  });
});
