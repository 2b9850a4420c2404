import { memberAt } from '../json.ts';
import {
  completions,
  containers,
  jobDuration,
  jobStatus,
  metricTargets,
  readyReplicas,
  selectorAt,
} from './cells.ts';
import { AGE, column, count, text, wide } from './column-table.ts';
import { age, countAt, NAME_COLUMN, textAt } from './columns.ts';
import type { Column } from './definition.ts';

const TEMPLATE = ['spec', 'template', 'spec'] as const;

function workload(path: readonly string[] = TEMPLATE): readonly Column[] {
  return [
    wide('Containers', 'Names of each container in the template.', containers('name', ...path)),
    wide('Images', 'Images referenced by each container in the template.', containers('image', ...path)),
  ];
}

const SELECTOR = wide(
  'Selector',
  'Selector is a label query over pods that should match the replica count.',
  selectorAt('spec', 'selector'),
);

/** The columns of what would run pods, by kind. */
export const WORKLOAD_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Deployment: [
    NAME_COLUMN,
    column('Ready', 'Number of the pod with ready state', readyReplicas),
    column(
      'Up-to-date',
      'Pods of this deployment that have the desired template.',
      count('status', 'updatedReplicas'),
    ),
    column(
      'Available',
      'Available pods (ready for at least minReadySeconds).',
      count('status', 'availableReplicas'),
    ),
    AGE,
    ...workload(),
    SELECTOR,
  ],
  ReplicaSet: [
    NAME_COLUMN,
    column('Desired', 'Replicas is the number of desired pods.', count('spec', 'replicas'), 'integer'),
    column(
      'Current',
      'Replicas is the most recently observed number of pods.',
      count('status', 'replicas'),
      'integer',
    ),
    column(
      'Ready',
      'readyReplicas is the number of pods with a Ready condition.',
      count('status', 'readyReplicas'),
      'integer',
    ),
    AGE,
    ...workload(),
    SELECTOR,
  ],
  StatefulSet: [
    NAME_COLUMN,
    column('Ready', 'Number of the pod with ready state', readyReplicas),
    AGE,
    ...workload(),
  ],
  DaemonSet: [
    NAME_COLUMN,
    column(
      'Desired',
      'How many nodes should run the daemon pod.',
      count('status', 'desiredNumberScheduled'),
      'integer',
    ),
    column(
      'Current',
      'How many nodes run at least one daemon pod.',
      count('status', 'currentNumberScheduled'),
      'integer',
    ),
    column(
      'Ready',
      'How many nodes run a daemon pod that is ready.',
      count('status', 'numberReady'),
      'integer',
    ),
    column(
      'Up-to-date',
      'How many nodes run the updated daemon pod.',
      count('status', 'updatedNumberScheduled'),
      'integer',
    ),
    column(
      'Available',
      'How many nodes run a daemon pod that is available.',
      count('status', 'numberAvailable'),
      'integer',
    ),
    column(
      'Node Selector',
      "NodeSelector is a selector which must match a node's labels.",
      selectorAt(...TEMPLATE, 'nodeSelector'),
    ),
    AGE,
    ...workload(),
    SELECTOR,
  ],
  Job: [
    NAME_COLUMN,
    column('Status', 'Status of the job.', jobStatus),
    column('Completions', 'Succeeded and desired number of successfully finished pods.', completions),
    column('Duration', 'Time required to complete the job.', jobDuration),
    AGE,
    ...workload(),
    SELECTOR,
  ],
  CronJob: [
    NAME_COLUMN,
    column(
      'Schedule',
      'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.',
      text('', 'spec', 'schedule'),
    ),
    column('Timezone', 'The time zone name for the given schedule.', text('<none>', 'spec', 'timeZone')),
    column('Suspend', 'Whether subsequent executions are suspended.', (object) =>
      memberAt(object, ['spec', 'suspend']) === true ? 'True' : 'False',
    ),
    column(
      'Active',
      'How many jobs are currently running.',
      (object) => countAt(object, ['status', 'active']),
      'integer',
    ),
    column('Last Schedule', 'When the job was last successfully scheduled.', (object, nowMs) => {
      const time = textAt(object, ['status', 'lastScheduleTime']);
      return time ? age(time, nowMs) : '<none>';
    }),
    AGE,
    ...workload(['spec', 'jobTemplate', 'spec', 'template', 'spec']),
    wide(
      'Selector',
      'A label query over pods that should match the pod count.',
      selectorAt('spec', 'jobTemplate', 'spec', 'selector'),
    ),
  ],
  HorizontalPodAutoscaler: [
    NAME_COLUMN,
    column('Reference', 'scaleTargetRef points to the target resource to scale.', (object) => {
      return `${textAt(object, ['spec', 'scaleTargetRef', 'kind'])}/${textAt(object, ['spec', 'scaleTargetRef', 'name'])}`;
    }),
    column('Targets', 'The metrics that are compared, current and wanted.', metricTargets),
    column(
      'MinPods',
      'minReplicas is the lower limit for the number of replicas.',
      text('<unset>', 'spec', 'minReplicas'),
    ),
    column(
      'MaxPods',
      'maxReplicas is the upper limit for the number of replicas.',
      count('spec', 'maxReplicas'),
    ),
    column(
      'Replicas',
      'currentReplicas is the last seen number of replicas.',
      count('status', 'currentReplicas'),
    ),
    AGE,
  ],
};
