import { type Immutable, TinyError, component, input, output, outputs, z } from '@tinysystems/sdk';
import { context, passthrough } from '../passthrough.ts';

const settings = z.object({
  routes: z
    .array(
      z
        .string()
        .regex(/^[^:]+$/)
        .meta({ title: 'Route', description: 'Any text without a colon.' }),
    )
    .min(1)
    .default(['A', 'B'])
    .meta({
      title: 'Routes',
      description: 'Each one adds an out port, out_ and its name in lower case.',
      uniqueItems: true,
    }),
  enableDefaultPort: z
    .boolean()
    .default(false)
    .meta({ title: 'Default port', description: 'Takes the messages that no route takes.' }),
});
type Settings = Immutable<z.output<typeof settings>>;

const defaultPort = { default: output(passthrough, { label: 'Default', position: 'bottom' }) };

/** Sends a message down the first route whose condition is true. */
export const router = component({
  name: 'router',
  description: 'Sends a message down the first route whose condition is true.',
  info: 'Answers its caller with what the chosen route answers. Names of routes are compared without case.',
  tags: ['flow'],
  settings,
  ports: {
    input: input(
      z.object({
        context,
        conditions: z
          .array(
            z.object({
              route: z.string().meta({ title: 'Route' }),
              condition: z.boolean().meta({ title: 'Condition' }),
            }),
          )
          .min(1)
          .meta({ title: 'Conditions', description: 'The first true one decides.', uniqueItems: true }),
      }),
      { answers: 'passed' },
    ),
  },
  dynamicPorts,
  accept: refuseClashes,
  on: {
    input: (message, ctx) => {
      const chosen = message.conditions.find(({ condition }) => condition)?.route;
      const route = chosen === undefined ? undefined : findRoute(ctx.settings, chosen);
      if (route !== undefined) return ctx.emit(`out_${route}`, { context: message.context });
      if (ctx.settings.enableDefaultPort) return ctx.emit('default', { context: message.context });
      throw noRoute(ctx.node.name, ctx.settings, chosen);
    },
  },
});

function dynamicPorts(current: Settings) {
  const routes = outputs('out_', current.routes.map(toPortSuffix), passthrough);
  // In the types `default` is always there: the handler asks the settings before it emits on it.
  return (current.enableDefaultPort ? { ...routes, ...defaultPort } : routes) as typeof routes &
    typeof defaultPort;
}

function refuseClashes({ routes }: Settings): void {
  const clash = routes.find(
    (route, index) => routes.findIndex((other) => toPortSuffix(other) === toPortSuffix(route)) < index,
  );
  if (clash === undefined) return;
  throw new TinyError(
    'Permanent',
    'common-module.ROUTES_CLASH',
    `two routes lead to port out_${toPortSuffix(clash)}: routes must differ in more than case`,
  );
}

/** The suffix of the route's port; `undefined` for a route that is not in the settings. */
function findRoute({ routes }: Settings, name: string): string | undefined {
  const suffix = toPortSuffix(name);
  return routes.some((route) => toPortSuffix(route) === suffix) ? suffix : undefined;
}

function toPortSuffix(route: string): string {
  return route.toLowerCase();
}

function noRoute(node: string, { routes }: Settings, chosen: string | undefined): TinyError {
  const why =
    chosen === undefined ? 'no condition was true' : `there is no route ${chosen}, only ${routes.join(', ')}`;
  const advice = 'add a condition that is always true, or set enableDefaultPort';
  return new TinyError(
    'Permanent',
    'common-module.NO_ROUTE',
    `node ${node} has no route for the message: ${why}; ${advice}`,
  );
}
