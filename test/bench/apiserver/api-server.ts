import type { ClusterConfig } from '@tinysystems/kubernetes';

/** A server under load, in processes of its own. */
export interface ApiServer extends AsyncDisposable {
  readonly config: ClusterConfig;
}
