import { objectsAt, stringAt, type KubeObject } from '../kube-object.ts';
import type { Answer } from './response.ts';
import { badRequest } from './status.ts';

/** In the order in which a real server names them. */
const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/**
 * The log of a pod that is on no node, as every pod here is: none.
 *
 * @param container - may be left out when the pod has one.
 * @throws StatusError 400 when the pod has no such container, or it is not said which.
 */
export function podLog(pod: KubeObject, container: string | null): Answer {
  const { name = '' } = pod.metadata;
  const names = CONTAINER_LISTS.flatMap((list) => containersOf(pod, list));
  if (container) {
    if (!names.includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`);
  } else if (containersOf(pod, 'containers').length > 1) {
    const choice = `choose one of: [${names.join(' ')}]`;
    throw badRequest(`a container name must be specified for pod ${name}, ${choice}`);
  }
  return { status: 204, body: '' };
}

function containersOf(pod: KubeObject, list: (typeof CONTAINER_LISTS)[number]): readonly string[] {
  return objectsAt(pod, 'spec', list).map((container) => stringAt(container, 'name') ?? '');
}
