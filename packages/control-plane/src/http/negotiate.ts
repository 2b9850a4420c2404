import { StatusError } from './status.ts';

/** How objects are to be shown. */
export interface Presentation {
  readonly form: 'object' | 'table' | 'partial';
  readonly encoding: 'json' | 'yaml';
  /** The version of meta.k8s.io that a table or partial object carries. */
  readonly metaVersion: string;
}

const OBJECT: Presentation = { form: 'object', encoding: 'json', metaVersion: 'v1' };
const META_VERSIONS = ['v1', 'v1beta1'];
const ACCEPTED = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** One entry of an Accept header. */
export interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * The first thing in an Accept header that the server can answer with.
 *
 * @throws StatusError 406 when there is none.
 */
export function negotiate(accept: string | undefined): Presentation {
  if (accept === undefined || accept.trim() === '') return OBJECT;
  for (const range of mediaRanges(accept)) {
    const presentation = presentationOf(range);
    if (presentation) return presentation;
  }
  throw new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${ACCEPTED}`);
}

/** The entries of an Accept header in the order of preference. */
export function mediaRanges(accept: string): readonly MediaRange[] {
  return accept
    .split(',')
    .map((entry) => {
      const [type = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const pairs = parameters.map((parameter) => parameter.split('=', 2) as [string, string]);
      return { type: type.toLowerCase(), parameters: new Map(pairs) };
    })
    .toSorted((a, b) => quality(b) - quality(a));
}

function quality(range: MediaRange): number {
  return Number(range.parameters.get('q') ?? 1);
}

function presentationOf({ type, parameters }: MediaRange): Presentation | undefined {
  if (type === 'application/yaml') return { ...OBJECT, encoding: 'yaml' };
  if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') return undefined;
  const as = parameters.get('as');
  if (as === undefined) return OBJECT;
  const metaVersion = parameters.get('v') ?? 'v1';
  if (parameters.get('g') !== 'meta.k8s.io' || !META_VERSIONS.includes(metaVersion)) return undefined;
  if (as === 'Table') return { form: 'table', encoding: 'json', metaVersion };
  return as.startsWith('PartialObjectMetadata')
    ? { form: 'partial', encoding: 'json', metaVersion }
    : undefined;
}
