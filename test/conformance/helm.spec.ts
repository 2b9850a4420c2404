import { openBackend, type Backend } from './backend.ts';
import { INSTALL_TIMEOUT_MS, Workplace, type Output, type Tools } from './workplace.ts';

const CHART = 'apiVersion: v2\nname: demo\nversion: 0.1.0\n';
const TEMPLATE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector: { matchLabels: { app: demo } }
  template:
    metadata: { labels: { app: demo } }
    spec:
      serviceAccountName: {{ .Release.Name }}
      containers: [ { name: demo, image: demo:1, ports: [ { containerPort: 80 } ] } ]
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Release.Name }}
{{ if .Values.budget }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .Release.Name }}
spec:
  minAvailable: 1
  selector: { matchLabels: { app: demo } }
{{ end }}
`;

describe('helm', () => {
  let server: Backend;
  let workplace: Workplace;
  let tools: Tools;

  beforeAll(async () => {
    server = await openBackend();
    workplace = await Workplace.open();
    tools = await workplace.as(await server.kubeconfig());
    await workplace.write('demo/Chart.yaml', CHART);
    await workplace.write('demo/values.yaml', 'replicas: 1\nbudget: false\n');
    await workplace.write('demo/templates/all.yaml', TEMPLATE);
  }, INSTALL_TIMEOUT_MS);

  afterAll(async () => {
    await workplace[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  async function text(running: Promise<Output>): Promise<string> {
    const { code, stdout, stderr } = await running;
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  it(
    'installs, upgrades and uninstalls a release',
    async () => {
      const helm = (...words: readonly string[]): Promise<string> => text(tools.helm(...words));
      const kubectl = (...words: readonly string[]): Promise<string> => text(tools.kubectl(...words));
      const replicas = (): Promise<string> =>
        kubectl('get', 'deployment', 'rel', '-o', 'jsonpath={.spec.replicas}');
      await helm('install', 'rel', './demo');
      expect(await replicas()).toBe('1');
      await helm('upgrade', 'rel', './demo', '--set', 'replicas=3');
      expect(await replicas()).toBe('3');
      expect(JSON.parse(await helm('list', '-o', 'json'))).toMatchObject([
        { name: 'rel', revision: '2', status: 'deployed' },
      ]);
      await helm('uninstall', 'rel');
      const left = await kubectl('get', 'deployment/rel', 'serviceaccount/rel', '--ignore-not-found');
      expect([left, await kubectl('get', 'secret', '-l', 'owner=helm', '-o', 'name')]).toEqual(['', '']);
    },
    INSTALL_TIMEOUT_MS,
  );
});
