import { stringify as stringifyYaml } from 'yaml';

import type { ResourceAttributes } from '../access/attributes.ts';
import type { Tokens } from '../access/tokens.ts';
import type { Clock } from '../clock.ts';
import type { JsonObject } from '../json.ts';
import { keyOf, type KubeObject } from '../kube-object.ts';
import { apiVersionOf, type Resource, type ScalePaths } from '../resources/definition.ts';
import type { Deleter } from '../resources/deleter.ts';
import { listObjects, parseRevision } from '../resources/list.ts';
import { compileSelector } from '../resources/selectors.ts';
import { type Target, type Writer, type WriteResult } from '../resources/writer.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { WatchHub } from '../watch/watch-hub.ts';
import { negotiate } from './negotiate.ts';
import { answerExtraSubresource } from './extra-subresources.ts';
import { parseApplyOptions, parseDeleteOptions, parseWriteOptions } from './options.ts';
import { patchFrom } from './patches.ts';
import { readObject, type ApiRequest, type ExpectedObject } from './request.ts';
import { json, pageNotFound, type Answer, type Reply } from './response.ts';
import type { ResourcePath } from './routes.ts';
import { scaleOf, withScale } from './scale.ts';
import { badRequest, invalid, methodNotAllowed, notFound, StatusError } from './status.ts';
import { isTrue, verbOf } from './verbs.ts';
import { encodeList, encodeView, type IncludeObject, type ViewOptions } from './views.ts';
import { readJson, writeJson } from '../exact-json.ts';

/** What resource requests need. */
export interface ResourceRoutesOptions {
  readonly store: ObjectStore;
  readonly writer: Writer;
  readonly deleter: Deleter;
  readonly hub: WatchHub;
  readonly clock: Clock;
  readonly tokens: Tokens;
}

const MIN_WATCH_TIMEOUT_MS = 30 * 60_000;

/** Reads, writes and watches of objects. */
export class ResourceRoutes {
  readonly #store: ObjectStore;
  readonly #writer: Writer;
  readonly #deleter: Deleter;
  readonly #hub: WatchHub;
  readonly #clock: Clock;
  readonly #tokens: Tokens;

  constructor(options: ResourceRoutesOptions) {
    this.#store = options.store;
    this.#writer = options.writer;
    this.#deleter = options.deleter;
    this.#hub = options.hub;
    this.#clock = options.clock;
    this.#tokens = options.tokens;
  }

  /** Answers a request whose path names a served resource. */
  async handle(request: ApiRequest, path: ResourcePath, resource: Resource): Promise<Reply> {
    const { isNamespaced } = resource.definition;
    if (resource.version.deprecation !== undefined) request.warn(resource.version.deprecation);
    if (path.namespace !== undefined && !isNamespaced) return pageNotFound();
    if (path.name === undefined) return this.#collection(request, path, resource);
    if (isNamespaced && path.namespace === undefined) return pageNotFound();
    const { namespace, name, subresource } = path;
    if (subresource === undefined)
      return this.#item(request, { resource, namespace, name, subresource }, path.isWatch);
    if (subresource === 'status' && resource.version.hasStatus) {
      return this.#status(request, { resource, namespace, name, subresource });
    }
    if (subresource === 'scale' && resource.version.scale) {
      return this.#scale(request, { resource, namespace, name, subresource }, resource.version.scale);
    }
    const isExtra = resource.definition.subresources.some((extra) => extra.name === subresource);
    if (!isExtra) throw notFound(resource.definition, name);
    const target = { resource, namespace, name, subresource } as Target;
    const parts = { writer: this.#writer, tokens: this.#tokens, clock: this.#clock };
    return answerExtraSubresource(request, { target, object: this.#find(target) }, parts);
  }

  async #collection(request: ApiRequest, path: ResourcePath, resource: Resource): Promise<Reply> {
    const { definition } = resource;
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return verbOf(request, path) === 'watch'
          ? this.#watch(request, path, resource)
          : this.#list(request, path, resource);
      case 'POST': {
        if (definition.isNamespaced && path.namespace === undefined) return pageNotFound();
        const options = parseWriteOptions(request, 'CreateOptions');
        const body = await readObject(request, expectedBody(resource));
        const result = await this.#writer.create(resource, path.namespace, body, options);
        return this.#written(request, resource, result);
      }
      case 'DELETE':
        return this.#deleteCollection(request, path, resource);
      case 'PUT':
      case 'PATCH':
        throw badRequest('name must be provided');
      default:
        throw methodNotAllowed(definition, '');
    }
  }

  async #item(request: ApiRequest, target: Target, isWatch: boolean): Promise<Reply> {
    const { resource, namespace, name } = target;
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return isWatch ? this.#watch(request, { namespace, name }, resource) : this.#get(request, target);
      case 'PUT':
      case 'PATCH':
        return this.#update(request, target);
      case 'DELETE': {
        const options = await parseDeleteOptions(request);
        const { object, isGone } = await this.#deleter.delete(resource.definition, namespace, name, options);
        return isGone ? json(deletedStatus(object, resource)) : this.#view(request, resource, object, 200);
      }
      case 'POST':
        // A real server's router takes the name for part of the body's business and then finds the object.
        return this.#collection(request, { ...pathOf(target), name: undefined }, resource);
      default:
        throw methodNotAllowed(resource.definition, '');
    }
  }

  async #status(request: ApiRequest, target: Target): Promise<Reply> {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#get(request, target);
      case 'PUT':
      case 'PATCH':
        return this.#update(request, target);
      default:
        throw methodNotAllowed(target.resource.definition, request.method.toLowerCase());
    }
  }

  async #scale(request: ApiRequest, target: Target, paths: ScalePaths): Promise<Reply> {
    const { definition } = target.resource;
    const answer = (object: KubeObject): Answer => json(scaleOf(object, paths));
    if (request.method === 'GET') return answer(this.#find(target));
    if (request.method !== 'PUT' && request.method !== 'PATCH')
      throw methodNotAllowed(definition, request.method.toLowerCase());
    const options = parseWriteOptions(request, 'UpdateOptions');
    const scale =
      request.method === 'PUT'
        ? await readObject(request, { kind: 'Scale', apiVersion: 'autoscaling/v1' })
        : undefined;
    const patch = scale ? undefined : await patchFrom(request, target.resource);
    const wanted = (object: KubeObject): JsonObject => {
      if (scale) return scale;
      return patch && 'change' in patch ? patch.change(scaleOf(object, paths)) : (patch?.configuration ?? {});
    };
    const change = (object: KubeObject): JsonObject => withScale(object, wanted(object), paths);
    return answer((await this.#writer.update(target, change, options)).object);
  }

  #find({ resource, namespace, name }: Target): KubeObject {
    const object = this.#store.get(resource.definition.storedAs, keyOf(namespace, name));
    if (!object) throw notFound(resource.definition, name);
    return object;
  }

  #get(request: ApiRequest, target: Target): Reply {
    parseRevision(request.query.get('resourceVersion') ?? undefined);
    return this.#view(request, target.resource, this.#find(target), 200);
  }

  async #update(request: ApiRequest, target: Target): Promise<Reply> {
    const { resource } = target;
    if (request.method === 'PATCH') return this.#patch(request, target);
    const options = parseWriteOptions(request, 'UpdateOptions');
    const body = await readObject(request, expectedBody(resource));
    return this.#written(request, resource, await this.#writer.update(target, () => body, options));
  }

  async #patch(request: ApiRequest, target: Target): Promise<Reply> {
    const { resource } = target;
    const patch = await patchFrom(request, resource);
    const result =
      'configuration' in patch
        ? await this.#writer.apply(target, patch.configuration, {
            ...parseApplyOptions(request),
            checkCreation: () => request.authorize(creationOf(target)),
          })
        : await this.#writer.update(target, patch.change, parseWriteOptions(request, 'PatchOptions'));
    return this.#written(request, resource, result);
  }

  #list(request: ApiRequest, path: ResourcePath, resource: Resource): Answer {
    const { query } = request;
    const labelSelector = query.get('labelSelector') ?? undefined;
    const fieldSelector = query.get('fieldSelector') ?? undefined;
    const limit = Number(query.get('limit') ?? 0);
    const page = listObjects(this.#store, resource.definition.storedAs, {
      selector: compileSelector({ resource, namespace: path.namespace, labelSelector, fieldSelector }),
      hasSelector: Boolean(labelSelector) || Boolean(fieldSelector),
      limit: limit > 0 ? limit : undefined,
      continueToken: query.get('continue') ?? undefined,
      resourceVersion: query.get('resourceVersion') ?? undefined,
      resourceVersionMatch: query.get('resourceVersionMatch') ?? undefined,
    });
    const metadata = {
      continue: page.continueToken,
      ...(page.remainingItemCount !== undefined && { remainingItemCount: page.remainingItemCount }),
      resourceVersion: String(page.revision),
    };
    const view = this.#viewOptions(request, resource);
    return encodedAnswer(encodeList(page.items, metadata, view), view, 200);
  }

  #watch(
    request: ApiRequest,
    path: { readonly namespace?: string | undefined; readonly name?: string | undefined },
    resource: Resource,
  ): Reply {
    const { query } = request;
    const nameSelector = path.name === undefined ? [] : [`metadata.name=${path.name}`];
    const fieldSelector = [
      ...nameSelector,
      ...(query.get('fieldSelector') ? [query.get('fieldSelector')] : []),
    ].join(',');
    const hasBookmarks = isTrue(query.get('allowWatchBookmarks'));
    const sendsInitial = isTrue(query.get('sendInitialEvents'));
    if (sendsInitial && query.get('resourceVersionMatch') !== 'NotOlderThan') throw matchRequired();
    const selector = compileSelector({
      resource,
      namespace: path.namespace,
      labelSelector: query.get('labelSelector') ?? undefined,
      fieldSelector: fieldSelector === '' ? undefined : fieldSelector,
    });
    const view = this.#viewOptions(request, resource);
    const revision = watchRevision(query.get('resourceVersion') ?? undefined);
    const timeoutS = Number(query.get('timeoutSeconds') ?? 0);
    const options = {
      view,
      selector,
      hasBookmarks,
      marksInitialEnd: sendsInitial && hasBookmarks,
      fromRevision: sendsInitial || revision === 0 ? undefined : revision,
      timeoutMs: timeoutS > 0 ? timeoutS * 1000 : MIN_WATCH_TIMEOUT_MS,
    };
    return (response) => this.#hub.serve(options, response);
  }

  async #deleteCollection(request: ApiRequest, path: ResourcePath, resource: Resource): Promise<Reply> {
    const { definition } = resource;
    const options = await parseDeleteOptions(request);
    const selector = compileSelector({
      resource,
      namespace: path.namespace,
      labelSelector: request.query.get('labelSelector') ?? undefined,
      fieldSelector: request.query.get('fieldSelector') ?? undefined,
    });
    const found = [...(this.#store.list(definition.storedAs) ?? [])]
      .map(([, object]) => object)
      .filter(selector);
    const deletions = found.map(async ({ metadata }) => {
      const { object } = await this.#deleter.delete(
        definition,
        metadata.namespace,
        metadata.name ?? '',
        options,
      );
      return object;
    });
    const deleted = await Promise.all(deletions);
    const view = this.#viewOptions(request, resource);
    return encodedAnswer(
      encodeList(deleted, { continue: '', resourceVersion: String(this.#store.revision) }, view),
      view,
      200,
    );
  }

  #written(request: ApiRequest, resource: Resource, result: WriteResult): Answer {
    return this.#view(request, resource, result.object, result.isCreated ? 201 : 200);
  }

  #view(request: ApiRequest, resource: Resource, object: KubeObject, status: number): Answer {
    const view = this.#viewOptions(request, resource);
    return encodedAnswer(encodeView(object, view), view, status, isTrue(request.query.get('pretty')));
  }

  #viewOptions(request: ApiRequest, resource: Resource): ViewOptions {
    const presentation = negotiate(request.headers.accept);
    const includeObject = (request.query.get('includeObject') ?? 'Metadata') as IncludeObject;
    return { resource, presentation, includeObject, nowMs: this.#clock.now() };
  }
}

function encodedAnswer(text: string, view: ViewOptions, status: number, isPretty = false): Answer {
  if (view.presentation.encoding === 'yaml') {
    return { status, body: stringifyYaml(readJson(text)), contentType: 'application/yaml' };
  }
  const body = isPretty ? writeJson(readJson(text), 2) : text;
  return { status, body: `${body}\n`, contentType: 'application/json' };
}

function deletedStatus(object: KubeObject, { definition }: Resource): JsonObject {
  const { group, plural } = definition;
  const { name, uid } = object.metadata;
  const details = { name, ...(group !== '' && { group }), kind: plural, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}

function expectedBody(resource: Resource): ExpectedObject {
  const { kind, isCustom } = resource.definition;
  return isCustom ? { kind } : { kind, apiVersion: apiVersionOf(resource) };
}

function creationOf({ resource, namespace, name }: Target): ResourceAttributes {
  const { group, plural } = resource.definition;
  return { verb: 'create', group, resource: plural, namespace, name };
}

function pathOf({ resource, namespace }: Target): ResourcePath {
  const { definition, version } = resource;
  return {
    group: definition.group,
    version: version.name,
    namespace,
    plural: definition.plural,
    name: undefined,
    subresource: undefined,
    isWatch: false,
  };
}

// A watch reports an unreadable version as an internal error, a list as a bad request: so does the real server.
function watchRevision(text: string | undefined): number | undefined {
  try {
    return parseRevision(text);
  } catch (error) {
    if (error instanceof StatusError)
      throw new StatusError(500, undefined, `resourceVersion: ${error.message}`);
    throw error;
  }
}

function matchRequired(): StatusError {
  const message = 'Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan';
  return invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [
    { reason: 'FieldValueForbidden', message, field: 'resourceVersionMatch' },
  ]);
}
