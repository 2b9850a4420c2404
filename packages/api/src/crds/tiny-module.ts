import { TINY_MODULE } from '../group.ts';
import { createCrd } from './crd.ts';
import {
  CONDITIONS,
  FENCE,
  LEADER_EPOCH,
  OBSERVED_GENERATION,
  boolean,
  list,
  listMap,
  moment,
  object,
  text,
} from './schema.ts';
import { PUBLISHED_PORT } from './tiny-node.ts';

export const TINY_MODULE_CRD = createCrd({
  names: TINY_MODULE,
  description:
    'A running module: where its replicas are reached and which components it ships. Modules make and keep it themselves.',
  spec: object('What runs.', { image: text('Image of the module, name:version.') }),
  status: object(
    'How the module stands.',
    {
      observedGeneration: OBSERVED_GENERATION,
      addr: text("gRPC host:port of the module's Service; of its leader where there is no Service."),
      endpoints: listMap(
        'The live replicas; each writes its own entry.',
        'pod',
        object(
          'One replica.',
          {
            pod: text('Identity of the replica.'),
            addr: text('gRPC host:port of the replica.'),
            leader: boolean('True for the replica that leads.'),
            startedAt: moment('When the replica started.'),
            diagnostics: text(
              'Loopback host:port, in its own pod or machine, where the replica tells of its traces: tinysystems trace, tinysystems tap.',
            ),
          },
          { required: ['pod', 'addr'] },
        ),
      ),
      name: text('Name of the module, as it was given.'),
      version: text('Version of the module.'),
      sdkVersion: text('Version of the SDK it was built with.'),
      leaderEpoch: LEADER_EPOCH,
      components: list(
        'The components that it ships.',
        object(
          'A component.',
          {
            name: text('Name of the component: spec.component of a TinyNode.'),
            description: text('One line.'),
            info: text('More, as Markdown.'),
            tags: list('Tags.', { type: 'string' }),
            ports: list('Its ports under default settings, with their schemas.', PUBLISHED_PORT),
          },
          { required: ['name', 'description'] },
        ),
      ),
      conditions: CONDITIONS,
    },
    { rules: [FENCE] },
  ),
  columns: [
    { name: 'Version', jsonPath: '.status.version' },
    { name: 'Address', jsonPath: '.status.addr' },
    { name: 'Ready', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
    { name: 'Message', jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
  ],
});
