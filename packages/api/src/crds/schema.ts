/** A structural OpenAPI v3 schema as a CRD carries it. */
export interface CrdSchema {
  readonly [keyword: string]: unknown;
}

/** A CEL rule: what must hold, and what the user reads when it does not. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
}

/** Where an object of a CRD schema differs from a plain one. */
export interface ObjectOptions {
  readonly required?: readonly string[];
  readonly rules?: readonly CelRule[];
  readonly default?: unknown;
}

/** An object with these properties. */
export function object(
  description: string,
  properties: Readonly<Record<string, CrdSchema>>,
  options: ObjectOptions = {},
): CrdSchema {
  const { required, rules } = options;
  return {
    type: 'object',
    description,
    properties,
    ...(required !== undefined && { required }),
    ...(rules !== undefined && { 'x-kubernetes-validations': rules }),
    ...('default' in options && { default: options.default }),
  };
}

/** A string; `more` adds pattern, length, default … */
export function text(description: string, more: CrdSchema = {}): CrdSchema {
  return { type: 'string', description, ...more };
}

/** A whole number. */
export function integer(description: string, more: CrdSchema = {}): CrdSchema {
  return { type: 'integer', format: 'int64', description, ...more };
}

/** A number. */
export function number(description: string, more: CrdSchema = {}): CrdSchema {
  return { type: 'number', description, ...more };
}

/** True or false. */
export function boolean(description: string, more: CrdSchema = {}): CrdSchema {
  return { type: 'boolean', description, ...more };
}

/** A moment, RFC 3339. */
export function moment(description: string): CrdSchema {
  return { type: 'string', format: 'date-time', description };
}

/** Any JSON object: what it holds is the component's business. */
export function openObject(description: string): CrdSchema {
  return { type: 'object', description, 'x-kubernetes-preserve-unknown-fields': true };
}

/** Any JSON value. */
export function anyValue(description: string): CrdSchema {
  return { description, 'x-kubernetes-preserve-unknown-fields': true };
}

/** A list that is replaced as a whole. */
export function list(description: string, items: CrdSchema, more: CrdSchema = {}): CrdSchema {
  return { type: 'array', description, items, 'x-kubernetes-list-type': 'atomic', ...more };
}

/** A list whose items are known by a key, so that several writers can own items. */
export function listMap(description: string, key: string, items: CrdSchema, more: CrdSchema = {}): CrdSchema {
  return {
    type: 'array',
    description,
    items,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [key],
    ...more,
  };
}

/** Text to text. */
export function textMap(description: string): CrdSchema {
  return { type: 'object', description, additionalProperties: { type: 'string' } };
}

/** The generation that a status speaks of. */
export const OBSERVED_GENERATION = integer('The generation of the object that this status speaks of.');

/** Conditions as Kubernetes writes them. */
export const CONDITIONS = listMap(
  'Answers to yes-or-no questions about the object; each says why and what to do.',
  'type',
  object(
    'One condition.',
    {
      type: text('What is asked.', { maxLength: 316 }),
      status: text('The answer.', { enum: ['True', 'False', 'Unknown'] }),
      reason: text('Why, in one CamelCase word.', { maxLength: 1024, minLength: 1 }),
      message: text('Why, for people, and what to do next.', { maxLength: 32768 }),
      observedGeneration: integer('The generation that this condition speaks of.'),
      lastTransitionTime: moment('When the answer last changed.'),
    },
    { required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'] },
  ),
);

/** Refuses a write of a leader that has been replaced: its epoch is smaller. */
export const FENCE: CelRule = {
  rule: '!has(oldSelf.leaderEpoch) || (has(self.leaderEpoch) && self.leaderEpoch >= oldSelf.leaderEpoch)',
  message: 'written by a replica that is no longer the leader: leaderEpoch must not fall',
};

export const LEADER_EPOCH = integer(
  'Counts the leaders of the module; a status written by a former leader is refused.',
);
