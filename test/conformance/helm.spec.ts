import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startControlPlane, type ControlPlane } from '@tinysystems/control-plane';

import { helmPath, kubectlPath } from '../../tools/kubectl/kubectl.ts';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;

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
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .Release.Name }}
spec:
  minAvailable: 1
  selector: { matchLabels: { app: demo } }
`;

describe('helm', () => {
  let plane: ControlPlane;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'helm-'));
    plane = await startControlPlane({ kubeconfigPath: join(folder, 'config') });
    await mkdir(join(folder, 'demo/templates'), { recursive: true });
    await writeFile(join(folder, 'demo/Chart.yaml'), CHART);
    await writeFile(join(folder, 'demo/values.yaml'), 'replicas: 1\n');
    await writeFile(join(folder, 'demo/templates/all.yaml'), TEMPLATE);
  }, INSTALL_TIMEOUT_MS);

  afterAll(async () => {
    await plane.stop();
    await rm(folder, { recursive: true });
  });

  async function execute(binary: string, words: readonly string[]): Promise<string> {
    const env = { ...process.env, KUBECONFIG: join(folder, 'config'), HOME: folder };
    const { stdout } = await run(binary, words, { cwd: folder, env, timeout: 15_000 });
    return stdout;
  }

  it(
    'installs, upgrades and uninstalls a release',
    async () => {
      const helm = async (...words: readonly string[]): Promise<string> => execute(await helmPath(), words);
      const replicas = async (): Promise<string> => {
        return execute(await kubectlPath(), ['get', 'deployment', 'rel', '-o', 'jsonpath={.spec.replicas}']);
      };
      await helm('install', 'rel', './demo');
      expect(await replicas()).toBe('1');
      await helm('upgrade', 'rel', './demo', '--set', 'replicas=3');
      expect(await replicas()).toBe('3');
      expect(JSON.parse(await helm('list', '-o', 'json'))).toMatchObject([
        { name: 'rel', revision: '2', status: 'deployed' },
      ]);
      await helm('uninstall', 'rel');
      const left = await execute(await kubectlPath(), [
        'get',
        'deployment,serviceaccount,pdb,secret',
        '-o',
        'name',
      ]);
      expect(left).toBe('');
    },
    INSTALL_TIMEOUT_MS,
  );
});
