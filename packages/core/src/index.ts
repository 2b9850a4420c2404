export {
  CONTROL_PORT,
  SETTINGS_PORT,
  formatAddress,
  isSystemPort,
  parseAddress,
  type PortAddress,
} from './address.ts';
export { ByteBudget, Charge, MAX_IN_FLIGHT_BYTES } from './byte-budget.ts';
export { type ChainOptions, OpenChain, runChain } from './chain.ts';
export { type Clock, sleep, systemClock } from './clock.ts';
export type {
  Background,
  Component,
  ComponentInstance,
  DetachOptions,
  EmitOptions,
  Log,
  MessageScope,
  NodeHandle,
  NodeState,
} from './component.ts';
export type { RingState, TapGap, TappedMessage, TraceSummary } from './diagnostics.ts';
export { parseDurationMs } from './duration.ts';
export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorKind,
  TinyError,
  type TinyErrorOptions,
  cancelled,
  toTinyError,
} from './errors.ts';
export { type Json, type JsonObject, freezeJson, isJsonEqual, isJsonObject } from './json.ts';
export { parseJson, stringifyJson } from './json-text.ts';
export {
  type Deliver,
  MAX_DEPTH,
  MAX_MESSAGE_BYTES,
  type Message,
  type Passed,
  type TraceContext,
} from './message.ts';
export { MAX_MODULE_NAME_LENGTH, isSameModule, sanitiseName } from './naming.ts';
export {
  type AuthoredPort,
  type Concurrency,
  DEFAULT_CONCURRENCY,
  type EdgeSpec,
  type FlowTracing,
  type NodeSpec,
} from './node-spec.ts';
export type { Answers, PortDefinition, PortPosition, PublishedPort } from './port.ts';
export { publishedPort } from './published-port.ts';
export { type Random, systemRandom } from './random.ts';
export { NO_REPLY, type Reply, replyFrom, replyWith, valueOf } from './reply.ts';
export { DEFAULT_RETRY, type RetryRule, delayBeforeAttemptMs } from './retry.ts';
export {
  type DecodeResult,
  type Decoder,
  MAX_COMPILED_SCHEMAS,
  compileDecoder,
  compiledSchemas,
} from './schema/decode.ts';
export { ANY_SCHEMA, type JsonSchema, alternativesOf } from './schema/json-schema.ts';
export { overlaySchema } from './schema/overlay.ts';
export { CUT_MARK, MAX_EXCERPT_BYTES, type ExcerptDetail, excerptOf } from './schema/excerpt.ts';
export { ATTRIBUTES, type SpanError, type SpanRecord } from './span.ts';
export { DEFAULT_STATE_BYTES, MAX_STATE_BYTES, refuseLargeState } from './state-size.ts';
export { TokenBucket } from './token-bucket.ts';
export { REDACTED, redact } from './schema/redact.ts';
export {
  type SecretReference,
  hasSecrets,
  isSecret,
  mapSecrets,
  mayBeSecret,
  secretReferenceFrom,
  secretTexts,
  withSecretReferences,
} from './schema/secrets.ts';
export { MIN_MASKED_LENGTH, SecretMask } from './secret-mask.ts';
export { formatTraceparent, parseTraceparent } from './traceparent.ts';
export { type WaitOptions, waitToBeWoken } from './wait.ts';
export { Wakers } from './wakers.ts';
