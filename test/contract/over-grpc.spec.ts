import { startBetweenProcesses } from './between-processes.ts';
import { describeDelivery } from './delivery.ts';

describeDelivery('between two processes', { hops: 1, hasBorder: true, isExact: true }, () =>
  startBetweenProcesses({ others: ['far'], takesStreams: true }),
);

// As with a module from before there were streams; a status has no room for branches.
describeDelivery('between two processes, in single calls', { hops: 1, hasBorder: true, isExact: false }, () =>
  startBetweenProcesses({ others: ['far'], takesStreams: false }),
);
