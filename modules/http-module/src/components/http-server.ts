import { type Clock, systemClock } from '@tinysystems/sdk';
import { hostname } from 'node:os';
import {
  type Component,
  type Json,
  done,
  input,
  output,
  reply,
  statefulComponent,
  z,
} from '@tinysystems/sdk';
import { type ExchangeOptions, exchange } from '../server/exchange.ts';
import { PortClaims } from '../server/port-claims.ts';
import { requestMessage } from '../server/request-message.ts';
import { responseMessage } from '../server/response-message.ts';
import { ServerControl, type ServerStatus } from '../server/server-control.ts';
import { WishStore, startWish } from '../server/start-wish.ts';

const settings = z.object({
  enableStatusPort: z
    .boolean()
    .default(false)
    .meta({ title: 'Status port', description: 'Emits each start and stop.' }),
  maxBodyBytes: z
    .int()
    .min(1)
    .default(4 * 1024 * 1024)
    .meta({ title: 'Largest request body', description: 'Bytes; a larger one is answered 413.' }),
  maxRequests: z
    .int()
    .min(1)
    .default(4096)
    .meta({ title: 'Requests at once', description: 'On each replica; more are answered 429 at once.' }),
  start: startWish.optional().meta({
    title: 'Start',
    description: 'Listens without a message; a later message to start or stop wins.',
  }),
});

const listening = z.object({
  isRunning: z.boolean().meta({ title: 'Running', readOnly: true }),
  listenAddr: z.array(z.string()).meta({ title: 'Addresses', readOnly: true }),
});
const statusPort = {
  status: output(listening.extend({ context: z.unknown().meta({ title: 'Context' }) }), {
    position: 'bottom',
  }),
};

/** Serves HTTP: each request becomes a message, and what comes back to `response` answers it. */
export const httpServer = createHttpServer(systemClock);

/** Makes the component `http_server` on a clock. */
export function createHttpServer(clock: Clock): Component {
  const claims = new PortClaims();
  const podName = hostname();
  return statefulComponent({
    name: 'http_server',
    description: 'Serves HTTP: sends each request into the flow and answers it with what comes back.',
    info:
      'Listens once a message reached **start**, or when the settings say so, on every replica and until **stop**. ' +
      'Lead the flow back to **response**, which gives the answer.',
    tags: ['http', 'trigger'],
    settings,
    ports: {
      start: input(startWish, { answers: 'never' }),
      stop: input(z.unknown().meta({ title: 'Any message stops the server' }), { answers: 'never' }),
      request: output(requestMessage, { reply: responseMessage }),
      response: input(responseMessage, { position: 'right', answers: 'itself' }),
    },
    dynamicPorts: (current) => (current.enableStatusPort ? statusPort : {}) as typeof statusPort,
    control: { schema: listening },
    create: (node) => {
      const onChange = (status: ServerStatus): void => {
        node.log.info(
          { node: node.name, ...status },
          status.isRunning ? 'HTTP server listens' : 'HTTP server stopped',
        );
        if (node.signal.aborted) return;
        node.refresh();
        const context = wishes.current(node.settings.start)?.context ?? null;
        if (node.settings.enableStatusPort) void node.detach('status', { context, ...status });
      };
      const wishes = new WishStore(node.state);
      const exchangeOptions: ExchangeOptions = {
        node: node.name,
        podName,
        log: node.log,
        charge: () => node.charge(),
        maxBodyBytes: () => node.settings.maxBodyBytes,
        ask: (message, options) => node.request('request', message, options),
      };
      const control = new ServerControl({
        owner: `${node.namespace}/${node.name}`,
        claims,
        wishes,
        clock,
        inSettings: () => node.settings.start,
        maxRequests: () => node.settings.maxRequests,
        serve: (request, response, wish) => void exchange(request, response, wish, exchangeOptions),
        onChange,
      });
      return {
        on: {
          start: async (wish) => (await control.start(wish), done),
          stop: async () => (await control.stop(), done),
          response: (message) => reply(message as Json),
        },
        accept: () => control.handOver(),
        background: { placement: 'everyReplica', run: (signal) => control.run(signal) },
        view: () => ({ ...control.status }),
        released: () => control.close(),
        deleted: () => control.close(),
      };
    },
  });
}
