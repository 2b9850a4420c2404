import { startBetweenProcesses } from './between-processes.ts';
import { describeDelivery } from './delivery.ts';
import { throughMiddle } from './nodes.ts';

describeDelivery('over three modules, each in its process', { hops: 2, hasBorder: true, isExact: true }, () =>
  startBetweenProcesses({ others: ['middle', 'far'], takesStreams: true, lay: throughMiddle }),
);
