import { Registry } from 'prom-client';
import { createNodeMetrics } from '../../src/telemetry/node-metrics.ts';

const GAUGES = { inWork: () => 2, waiting: () => 1, begun: () => 3 };

function world(maxSeries?: number) {
  const registry = new Registry();
  const metrics = createNodeMetrics(registry, maxSeries);
  const node = (name: string) => metrics.node({ node: name, component: 'c' }, { ...GAUGES });
  const lines = async (start: string) =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith(start));
  return { node, lines };
}

describe('the metrics of nodes', () => {
  it('are a histogram and counters for each port and edge, and gauges for each node', async () => {
    const { node, lines } = world();
    const a = node('a');
    a.port('in').handled(3, undefined);
    a.port('in').handled(700, 'Timeout');
    a.port('in').refused('Overloaded');
    a.edge('e').sent(undefined);
    a.edge('e').sent('Transient');
    a.detachedFailed('Permanent');
    const port = 'node="a",component="c",port="in"';
    expect(await lines('tiny_message_duration_seconds_bucket')).toEqual(
      [
        ['0.0001', 0],
        ['0.0005', 0],
        ['0.001', 0],
        ['0.005', 1],
        ['0.01', 1],
        ['0.05', 1],
        ['0.1', 1],
        ['0.5', 1],
        ['1', 2],
        ['5', 2],
        ['30', 2],
        ['+Inf', 2],
      ].map(([le, count]) => `tiny_message_duration_seconds_bucket{${port},le="${le}"} ${count}`),
    );
    expect([
      await lines('tiny_message_duration_seconds_sum'),
      await lines('tiny_message_duration_seconds_count'),
      await lines('tiny_message_failures'),
      [...(await lines('tiny_messages_')), ...(await lines('tiny_node_'))],
      await lines('tiny_edge_'),
      await lines('tiny_chains'),
      await lines('tiny_detached'),
    ]).toEqual([
      [`tiny_message_duration_seconds_sum{${port}} 0.703`],
      [`tiny_message_duration_seconds_count{${port}} 2`],
      [`tiny_message_failures_total{${port},kind="Timeout"} 1`],
      [
        `tiny_messages_refused_total{${port},kind="Overloaded"} 1`,
        'tiny_node_messages_in_work{node="a",component="c"} 2',
        'tiny_node_messages_waiting{node="a",component="c"} 1',
      ],
      [
        'tiny_edge_sends_total{node="a",edge="e"} 2',
        'tiny_edge_failures_total{node="a",edge="e",kind="Transient"} 1',
      ],
      ['tiny_chains_begun{node="a",component="c"} 3'],
      ['tiny_detached_failures_total{node="a",component="c",kind="Permanent"} 1'],
    ]);
  });

  it('have so many series of their own, and one for all the others', async () => {
    const { node, lines } = world(10);
    for (let n = 0; n < 50; n += 1) {
      const each = node(`n${n}`);
      each.port('in').handled(1, undefined);
      each.edge('e').sent(undefined);
    }
    const counts = await lines('tiny_message_duration_seconds_count');
    expect([counts.length, counts.at(-1)]).toEqual([
      11,
      'tiny_message_duration_seconds_count{node="other",component="other",port="other"} 40',
    ]);
    expect((await lines('tiny_edge_sends_total')).at(-1)).toBe(
      'tiny_edge_sends_total{node="other",edge="other"} 40',
    );
    expect((await lines('tiny_node_messages_in_work')).at(-1)).toBe(
      'tiny_node_messages_in_work{node="other",component="other"} 80',
    );
  });

  it('go with their node and their edge, which makes room for others', async () => {
    const { node, lines } = world(1);
    const a = node('a');
    a.port('in').handled(1, undefined);
    a.edge('e').sent(undefined);
    a.endEdge('e');
    expect(await lines('tiny_edge_sends_total')).toEqual([]);
    a.end();
    expect(await lines('tiny_')).toEqual([]);
    node('b').port('in').handled(1, undefined);
    expect(await lines('tiny_message_duration_seconds_count')).toEqual([
      'tiny_message_duration_seconds_count{node="b",component="c",port="in"} 1',
    ]);
  });
});
