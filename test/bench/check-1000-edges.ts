import { components as commonComponents } from '@tinysystems/common-module';
import { components as httpComponents } from '@tinysystems/http-module';
import { type FlowNode, type NodeResource, checkFlow, flowNodeFromComponent } from '@tinysystems/graph';
import { type Benchmark, median, quantile } from './result.ts';

const EDGES = 1000;
const EDGES_OF_CHAIN = 5;
const ROUNDS = 30;

/** How long a flow of 1,000 edges is checked: types through 200 chains of five edges, each with a mapping. */
export const check1000Edges: Benchmark = {
  name: 'check-1000-edges',
  async run() {
    const resources = Array.from({ length: EDGES / EDGES_OF_CHAIN }, (_, index) => chain(index)).flat();
    const coldMs = timeOf(resources);
    const warmMs = Array.from({ length: ROUNDS }, () => timeOf(resources));
    return [
      {
        name: 'check-1000-edges',
        value: coldMs,
        unit: 'ms',
        reference: 'the same again, with every schema compiled',
        referenceValue: median(warmMs),
        ratio: median(warmMs) / coldMs,
        p50: quantile(warmMs, 0.5),
        p99: quantile(warmMs, 0.99),
      },
    ];
  },
};

function timeOf(resources: readonly NodeResource[]): number {
  const startedMs = performance.now();
  const { edges, verdict } = checkFlow(resources.map(read));
  const tookMs = performance.now() - startedMs;
  if (edges.length !== EDGES || verdict === 'invalid')
    throw new Error(`the flow has ${edges.length} edges and is ${verdict}`);
  return tookMs;
}

function read(node: NodeResource): FlowNode {
  const components = node.spec.module === 'http-module' ? httpComponents : commonComponents;
  return flowNodeFromComponent(node, { components });
}

/** A server, whose requests are routed, reshaped, sent on over HTTP, and answered. */
function chain(index: number): readonly NodeResource[] {
  const name = (part: string) => `${part}-${index}`;
  const node = (
    part: string,
    component: string,
    edges: NonNullable<NodeResource['spec']['edges']>,
    settings = {},
  ) => ({
    metadata: { name: name(part) },
    spec: {
      module: component.startsWith('http') ? 'http-module' : 'common-module',
      component,
      settings,
      edges,
    },
  });
  const edge = (id: string, port: string, to: string, toPort: string, configuration: object) => ({
    ...{ id, port, toPort },
    to: name(to),
    configuration: configuration as never,
  });
  return [
    node('server', 'http_server', [
      edge('ask', 'request', 'router', 'input', {
        context: {
          id: '{{$.pathSegments[0]}}',
          name: "{{upper($.requestParams.name[0] ? $.requestParams.name[0] : 'nobody')}}",
          isJson: "{{length($.headers[?(@.key == 'Content-Type' && contains(@.value, 'json'))]) > 0}}",
          size: '{{length($.body)}}',
        },
        conditions: [
          { route: 'get', condition: "{{$.method == 'GET'}}" },
          { route: 'put', condition: "{{$.method == 'PUT' && length($.body) > 0}}" },
        ],
      }),
    ]),
    node(
      'router',
      'router',
      [edge('get', 'out_get', 'shape', 'in', { context: { of: '{{$.context}}', at: '{{now()}}' } })],
      {
        routes: ['get', 'put'],
      },
    ),
    node('shape', 'transform', [
      edge('call', 'out', 'call', 'request', {
        context: '{{$.context.of}}',
        url: 'https://example.org/{{$.context.of.id}}?at={{$.context.at}}',
        method: "{{$.context.of.size > 0 ? 'POST' : 'GET'}}",
        timeout: 5,
        body: { name: '{{$.context.of.name}}', size: '{{$.context.of.size * 2}}' },
      }),
    ]),
    node('call', 'http_request', [
      edge('back', 'response', 'pass', 'in', {
        context: {
          name: '{{$.context.name}}',
          status: '{{$.response.statusCode}}',
          body: '{{$.response.body}}',
        },
      }),
    ]),
    node('pass', 'transform', [
      edge('answer', 'out', 'server', 'response', {
        statusCode: '{{$.context.status < 300 ? 200 : 502}}',
        body: { name: '{{$.context.name}}', text: 'got {{length($.context.body)}} bytes' },
      }),
    ]),
  ];
}
