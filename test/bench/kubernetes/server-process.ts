// A process with a control plane that knows our kinds; it tells where its kubeconfig is.
import { TestCluster } from '@tinysystems/testing';

const cluster = await TestCluster.start();
process.once('disconnect', () => void cluster[Symbol.asyncDispose]());
process.send?.({ kubeconfig: cluster.kubeconfig });
