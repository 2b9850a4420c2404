import type { ApiRequest } from './request.ts';
import type { ResourcePath } from './routes.ts';

/** What a request does to its resource, in the words of roles; empty for a method that does nothing. */
export function verbOf(request: Pick<ApiRequest, 'method' | 'query'>, path: ResourcePath): string {
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return readVerb(request, path);
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return path.name === undefined ? 'deletecollection' : 'delete';
    default:
      return '';
  }
}

/** Whether a query parameter is set. */
export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1';
}

function readVerb({ query }: Pick<ApiRequest, 'query'>, path: ResourcePath): string {
  if (path.name === undefined) return path.isWatch || isTrue(query.get('watch')) ? 'watch' : 'list';
  return path.isWatch && path.subresource === undefined ? 'watch' : 'get';
}
