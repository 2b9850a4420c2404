import { openBackend, type Backend } from './backend.ts';

describe('events', () => {
  let server: Backend;
  beforeAll(async () => (server = await openBackend()));
  afterAll(() => server[Symbol.asyncDispose]());

  it('written in the new form are read in the old one and found by their subject', async () => {
    const path = (prefix: string): string => `${prefix}/namespaces/${server.namespace}/events`;
    const { status } = await server.post(path('/apis/events.k8s.io/v1'), {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e1' },
      regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace: server.namespace, name: 'cm' },
      note: 'hello',
      reason: 'Greeted',
      action: 'Greet',
      type: 'Normal',
      reportingController: 'example.com/greeter',
      reportingInstance: 'one',
      eventTime: '2026-01-01T00:00:00.000000Z',
    });
    const query = 'fieldSelector=involvedObject.name%3Dcm,involvedObject.kind%3DConfigMap';
    const { body } = await server.get(`${path('/api/v1')}?${query}`);
    const other = await server.get(`${path('/api/v1')}?fieldSelector=involvedObject.name%3Dother`);
    expect(status).toBe(201);
    expect(body.items).toMatchObject([
      {
        involvedObject: { kind: 'ConfigMap', name: 'cm' },
        message: 'hello',
        reason: 'Greeted',
        reportingComponent: 'example.com/greeter',
      },
    ]);
    expect(other.body.items).toEqual([]);
  });
});
