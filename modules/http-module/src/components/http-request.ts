import {
  type Clock,
  type Component,
  REDACTED,
  TinyError,
  input,
  output,
  statefulComponent,
  systemClock,
  z,
} from '@tinysystems/sdk';
import {
  type CallMessage,
  answerMessage,
  callCredentials,
  callMessage,
  credentialsOf,
  statusOf,
  toAnswerMessage,
  toCall,
  withCredentials,
} from '../client/call-message.ts';
import { type Answer, type Call, HttpClient, target } from '../client/call.ts';

/** How much of a failed answer's body an error quotes, characters. */
const MAX_QUOTED_LENGTH = 1024;

/** Calls an HTTP server. */
export const httpRequest = createHttpRequest(systemClock);

/** Makes the component `http_request` on a clock. */
export function createHttpRequest(clock: Clock): Component {
  return statefulComponent({
    name: 'http_request',
    description: 'Calls an HTTP server and sends its answer on.',
    info:
      'Follows up to ten redirects. A status of 400 or more is a failure: 429, 5xx and network failures may be retried, ' +
      'others not. A bearer token wins over user and password; an Authorization header wins over both. Credentials of ' +
      'the settings go along with messages that bring none, wherever those go to. The header traceparent says where the ' +
      'call belongs, unless the message brings one.',
    tags: ['http'],
    settings: callCredentials.extend({
      maxResponseBytes: z
        .int()
        .min(1)
        .default(4 * 1024 * 1024)
        .meta({
          title: 'Largest answer',
          description: 'Bytes of body; a larger one is a failure, never cut.',
        }),
    }),
    ports: { request: input(callMessage, { answers: 'passed' }), response: output(answerMessage) },
    errorPort: true,
    create: (node) => {
      const client = new HttpClient(clock);
      const close = () => client[Symbol.asyncDispose]();
      return {
        on: {
          request: async (received, ctx) => {
            const message = withCredentials(received, node.settings);
            const call = toCall(message, ctx.trace);
            using charge = node.charge();
            const limits = { maxBytes: node.settings.maxResponseBytes, charge };
            const answer = await client.call(call, limits, ctx.signal);
            if (answer.statusCode >= 400) throw failureOf(answer, call, message, clock.now());
            return await ctx.emit('response', toAnswerMessage(message.context, answer));
          },
        },
        released: close,
        deleted: close,
      };
    },
  });
}

function failureOf(answer: Answer, call: Call, message: CallMessage, nowMs: number): TinyError {
  const { statusCode } = answer;
  const said = answer.body.trim() === '' ? '' : `: ${quote(answer.body, credentialsOf(message))}`;
  const text = `${target(call)} answered ${statusOf(answer)}${said}`;
  if (statusCode !== 429 && statusCode < 500)
    return new TinyError('Permanent', 'http-module.STATUS_FAILED', text);
  return new TinyError('Transient', 'http-module.STATUS_FAILED', text, {
    retryAfterMs: retryAfterMs(answer, nowMs),
  });
}

function quote(body: string, credentials: readonly string[]): string {
  const hidden = credentials.reduce((text, credential) => text.replaceAll(credential, REDACTED), body.trim());
  return hidden.length <= MAX_QUOTED_LENGTH ? hidden : `${hidden.slice(0, MAX_QUOTED_LENGTH)}…`;
}

/** `Retry-After` is a number of seconds or a date. */
function retryAfterMs({ headers }: Answer, nowMs: number): number | undefined {
  const value = headers.find(({ key }) => key === 'Retry-After')?.value;
  if (value === undefined) return undefined;
  const delayMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(delayMs) ? undefined : Math.max(0, delayMs);
}
