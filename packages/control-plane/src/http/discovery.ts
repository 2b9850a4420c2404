import { createHash } from 'node:crypto';

import type { JsonObject } from '../json.ts';
import { groupVersion, type Resource } from '../resources/definition.ts';
import type { ApiGroup, Registry } from '../resources/registry.ts';
import { mediaRanges } from './negotiate.ts';
import type { ApiRequest } from './request.ts';
import { json, pageNotFound, type Answer } from './response.ts';
import { REVIEW_RESOURCES } from './reviews.ts';

const CUSTOM_VERBS = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];
const BUILTIN_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'];
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Answers `/api`, `/apis` and everything below them that names no resource; `undefined` for other paths. */
export function discover(registry: Registry, request: ApiRequest): Answer | undefined {
  const [root, group, version, ...rest] = request.path.split('/').slice(1);
  if (rest.length > 0) return undefined;
  if (root === 'api') {
    if (group === undefined) return aggregatedFor(registry, request, (name) => name === '') ?? coreVersions();
    return group === 'v1' && version === undefined ? resourceList(registry, '', group) : undefined;
  }
  if (root !== 'apis') return undefined;
  if (group === undefined)
    return aggregatedFor(registry, request, (name) => name !== '') ?? groupList(registry);
  if (version !== undefined) return resourceList(registry, group, version);
  const found = namedGroups(registry).find((candidate) => candidate.name === group);
  return found ? json({ kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(found) }) : pageNotFound();
}

function coreVersions(): Answer {
  const serverAddressByClientCIDRs: readonly JsonObject[] = [];
  return json({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs });
}

function groupList(registry: Registry): Answer {
  return json({ kind: 'APIGroupList', apiVersion: 'v1', groups: namedGroups(registry).map(groupEntry) });
}

function groupEntry({ name, versions }: ApiGroup): JsonObject {
  const entries = versions.map((version) => ({ groupVersion: groupVersion(name, version), version }));
  return { name, versions: entries, preferredVersion: entries[0] };
}

function namedGroups(registry: Registry): readonly ApiGroup[] {
  const reviews = REVIEW_RESOURCES.map(({ group, version }) => ({ name: group, versions: [version] }));
  return [
    ...registry.groups().filter(({ name }) => name !== ''),
    ...new Map(reviews.map((group) => [group.name, group])).values(),
  ];
}

function resourceList(registry: Registry, group: string, version: string): Answer {
  const resources = registry.resources(group, version).flatMap(resourceEntries);
  const reviews = REVIEW_RESOURCES.filter(
    (review) => review.group === group && review.version === version,
  ).map((review) => {
    return {
      name: review.plural,
      singularName: review.kind.toLowerCase(),
      namespaced: false,
      kind: review.kind,
      verbs: ['create'],
    };
  });
  if (resources.length + reviews.length === 0) return pageNotFound();
  const list = [...resources, ...reviews];
  return json({
    kind: 'APIResourceList',
    // The core group is older than this member.
    ...(group !== '' && { apiVersion: 'v1' }),
    groupVersion: groupVersion(group, version),
    resources: list,
  });
}

function resourceEntries({ definition, version }: Resource): readonly JsonObject[] {
  const { plural, singular, kind, isNamespaced: namespaced, shortNames, categories } = definition;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: verbsOf(definition.isCustom, plural),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    storageVersionHash: storageHash(definition.storedAs),
  };
  const status = { name: `${plural}/status`, singularName: '', namespaced, kind, verbs: SUBRESOURCE_VERBS };
  const scale = {
    name: `${plural}/scale`,
    singularName: '',
    namespaced,
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    verbs: SUBRESOURCE_VERBS,
  };
  const extra = definition.subresources.map(({ name, verbs, kind: other }) => ({
    name: `${plural}/${name}`,
    singularName: '',
    namespaced,
    kind,
    ...other,
    verbs,
  }));
  const parts = [...extra, ...(version.scale ? [scale] : []), ...(version.hasStatus ? [status] : [])];
  return [main, ...parts.toSorted((a, b) => (a.name < b.name ? -1 : 1))];
}

function aggregatedFor(
  registry: Registry,
  request: ApiRequest,
  accepts: (group: string) => boolean,
): Answer | undefined {
  const isWanted = mediaRanges(request.headers.accept ?? '').some(({ parameters }) => {
    return parameters.get('as') === 'APIGroupDiscoveryList' && parameters.get('v') === 'v2';
  });
  if (!isWanted) return undefined;
  const groups = accepts('') ? registry.groups().filter(({ name }) => name === '') : namedGroups(registry);
  const items = groups.map(({ name, versions }) => ({
    metadata: name === '' ? {} : { name },
    versions: versions.map((version) => aggregatedVersion(registry, name, version)),
  }));
  const body = JSON.stringify({
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items,
  });
  const etag = `"${createHash('sha256').update(body).digest('hex').toUpperCase()}"`;
  const headers = { ETag: etag, Vary: 'Accept' };
  if (request.headers['if-none-match'] === etag) return { status: 304, body: '', headers };
  return { status: 200, body, contentType: AGGREGATED, headers };
}

function aggregatedVersion(registry: Registry, group: string, version: string): JsonObject {
  const resources = registry.resources(group, version).map(aggregatedResource);
  const reviews = REVIEW_RESOURCES.filter(
    (review) => review.group === group && review.version === version,
  ).map((review) => ({
    resource: review.plural,
    responseKind: { group, version, kind: review.kind },
    scope: 'Cluster',
    singularResource: review.kind.toLowerCase(),
    verbs: ['create'],
  }));
  return { version, resources: [...resources, ...reviews], freshness: 'Current' };
}

function aggregatedResource({ definition, version }: Resource): JsonObject {
  const { group, kind, plural, singular, shortNames, categories, isCustom } = definition;
  // Built-in kinds leave group and version to the surrounding document.
  const responseKind = { group: isCustom ? group : '', version: isCustom ? version.name : '', kind };
  const status = { subresource: 'status', responseKind, verbs: SUBRESOURCE_VERBS };
  const scale = {
    subresource: 'scale',
    responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    verbs: SUBRESOURCE_VERBS,
  };
  const extra = definition.subresources.map(({ name, verbs, kind: other }) => {
    return { subresource: name, responseKind: other ?? responseKind, verbs };
  });
  const common = [...(version.hasStatus ? [status] : []), ...(version.scale ? [scale] : [])];
  // Custom kinds keep the order of their declaration, built-in ones that of the alphabet.
  const subresources = isCustom
    ? common
    : [...common, ...extra].toSorted((a, b) => (a.subresource < b.subresource ? -1 : 1));
  return {
    resource: plural,
    responseKind,
    scope: definition.isNamespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: verbsOf(isCustom, plural),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}

function verbsOf(isCustom: boolean, plural: string): readonly string[] {
  if (isCustom) return CUSTOM_VERBS;
  return plural === 'namespaces'
    ? BUILTIN_VERBS.filter((verb) => verb !== 'deletecollection')
    : BUILTIN_VERBS;
}

function storageHash(storedAs: string): string {
  return createHash('sha256').update(storedAs).digest('base64').slice(0, 11).concat('=');
}
