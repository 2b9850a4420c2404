import {
  TINY_FLOW,
  TINY_MODULE,
  TINY_NODE,
  TINY_PROJECT,
  TINY_SIGNAL,
  TINY_TRACKER,
  type TinyFlow,
  type TinyModule,
  type TinyNode,
  type TinyProject,
  type TinySignal,
  type TinyTracker,
} from '@tinysystems/api';
import { resourceType } from '@tinysystems/kubernetes';

export const NODES = resourceType<TinyNode>(TINY_NODE);
export const MODULES = resourceType<TinyModule>(TINY_MODULE);
export const SIGNALS = resourceType<TinySignal>(TINY_SIGNAL);
export const FLOWS = resourceType<TinyFlow>(TINY_FLOW);
export const PROJECTS = resourceType<TinyProject>(TINY_PROJECT);
export const TRACKERS = resourceType<TinyTracker>(TINY_TRACKER);
