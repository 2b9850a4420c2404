import type { Tokens } from '../access/tokens.ts';
import { serviceAccountUser } from '../access/user.ts';
import { timestamp, type Clock } from '../clock.ts';
import { memberAt, type JsonObject } from '../json.ts';
import type { KubeObject } from '../kube-object.ts';
import type { Target, Writer } from '../resources/writer.ts';
import { parseWriteOptions } from './options.ts';
import { podLog } from './pod-log.ts';
import { readObject, type ApiRequest } from './request.ts';
import { json, type Answer } from './response.ts';
import { methodNotAllowed, StatusError } from './status.ts';

/** What the parts of built-in kinds need that have a path of their own. */
export interface ExtraSubresourceOptions {
  readonly writer: Writer;
  readonly tokens: Tokens;
  readonly clock: Clock;
}

/** Answers a request for a subresource that the definition of the kind lists; `object` is the one it is about. */
export async function answerExtraSubresource(
  request: ApiRequest,
  { target, object }: { readonly target: Target; readonly object: KubeObject },
  options: ExtraSubresourceOptions,
): Promise<Answer> {
  const { definition } = target.resource;
  const method = request.method.toLowerCase();
  switch (`${method} ${definition.plural}/${String(target.subresource)}`) {
    case 'put namespaces/finalize': {
      const body = await readObject(request, { kind: definition.kind, apiVersion: 'v1' });
      const result = await options.writer.update(
        target,
        () => body,
        parseWriteOptions(request, 'UpdateOptions'),
      );
      return json(result.object);
    }
    case 'get pods/log':
      return podLog(object, request.query.get('container'));
    case 'post serviceaccounts/token':
      return json(
        tokenFor(
          await readObject(request, { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' }),
          object,
          options,
        ),
        201,
      );
    default:
      throw methodNotAllowed(definition, method);
  }
}

const DEFAULT_EXPIRATION_S = 3600;
const MIN_EXPIRATION_S = 600;

function tokenFor(
  body: JsonObject,
  { metadata }: KubeObject,
  { tokens, clock }: ExtraSubresourceOptions,
): JsonObject {
  const asked = memberAt(body, ['spec', 'expirationSeconds']) ?? DEFAULT_EXPIRATION_S;
  if (typeof asked !== 'number' || asked < MIN_EXPIRATION_S) {
    const text = `spec.expirationSeconds: Invalid value: ${JSON.stringify(asked)}: may not specify a duration less than 10 minutes`;
    throw new StatusError(422, 'Invalid', `TokenRequest.authentication.k8s.io "" is invalid: ${text}`);
  }
  if (!tokens.hasUsers)
    throw new StatusError(403, 'Forbidden', 'tokens of ServiceAccounts need a server with RBAC');
  const expiresAtMs = clock.now() + asked * 1000;
  const { namespace = '', name = '' } = metadata;
  const token = tokens.issue({ user: serviceAccountUser({ namespace, name }), expiresAtMs });
  return {
    ...body,
    metadata: {
      name,
      namespace,
      creationTimestamp: timestamp(clock),
    },
    spec: { ...(body['spec'] as JsonObject | undefined), expirationSeconds: asked },
    status: { token, expirationTimestamp: timestamp({ ...clock, now: () => expiresAtMs }) },
  };
}
