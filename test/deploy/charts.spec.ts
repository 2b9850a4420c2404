import { access, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ChartCopy, LIBRARY, ROOT, type Rendered } from './chart.ts';

const API_GROUP = 'operator.tinysystems.io';
const VERSION = /^\d+\.\d+\.\d+$/;
const ALL_KINDS = ['tinyflows', 'tinymodules', 'tinynodes', 'tinyprojects', 'tinysignals', 'tinytrackers'];
const MODULES = await modulesWithChart();

/** What every module must be allowed to do. */
const FOUNDING_RULES = [
  rule(
    API_GROUP,
    ['tinynodes', 'tinymodules', 'tinysignals', 'tinyflows'],
    'get list watch create update patch delete',
  ),
  rule(API_GROUP, ['tinynodes/status', 'tinymodules/status'], 'get update patch'),
  rule('coordination.k8s.io', ['leases'], 'get create update'),
];
/** What http-module must be allowed to do besides. */
const HTTP_RULES = [
  rule('', ['services'], 'get list create update patch'),
  rule('networking.k8s.io', ['ingresses'], 'get list create update patch'),
];
/** What our controllers do besides. */
const OWN_RULES = [
  rule(API_GROUP, ['tinyprojects', 'tinytrackers'], 'get list watch update patch delete'),
  rule(
    API_GROUP,
    ALL_KINDS.map((kind) => `${kind}/status`),
    'get update patch',
  ),
  rule('coordination.k8s.io', ['leases'], 'list watch patch'),
  rule('', ['events'], 'create patch'),
  rule('events.k8s.io', ['events'], 'create patch'),
  rule('', ['pods'], 'get'),
];

let charts: ChartCopy;
beforeAll(async () => void (charts = await ChartCopy.create(MODULES)), 360_000);
afterAll(async () => charts[Symbol.asyncDispose]());

describe('the charts', () => {
  it('are there for both modules', () => {
    expect(MODULES).toEqual(expect.arrayContaining(['common-module', 'http-module']));
  });
});

describe('docs/reference/charts.md', () => {
  it('lists every value, and no other', async () => {
    const { exports } = parse(await readFile(join(ROOT, LIBRARY, 'values.yaml'), 'utf8'));
    const page = await readFile(join(ROOT, 'docs/reference/charts.md'), 'utf8');
    const table = page.slice(page.indexOf('<!-- values -->'), page.indexOf('<!-- /values -->'));
    const listed = [...table.matchAll(/^\| (`[^|]+) \|/gm)].flatMap(([, names]) => names!.match(/[\w.]+/g)!);
    expect(listed.sort()).toEqual([...valuePaths(exports.defaults, '', 2)].sort());
  });
});

describe.each(MODULES)('the chart of %s', (module) => {
  it('passes helm lint', async () => {
    const { exitCode, output } = await charts.helm('lint', '--strict', `modules/${module}/chart`);
    expect(output).toContain('1 chart(s) linted, 0 chart(s) failed');
    expect(exitCode).toBe(0);
  });

  it('has the name and the version of its module', async () => {
    const chart = parse(await readFile(join(ROOT, 'modules', module, 'chart/Chart.yaml'), 'utf8'));
    const manifest = JSON.parse(await readFile(join(ROOT, 'modules', module, 'package.json'), 'utf8'));
    expect(chart).toMatchObject({ name: module, version: manifest.version, appVersion: manifest.version });
  });

  it('checks its values with the schema of the library chart', async () => {
    const [own, library] = await Promise.all(
      [`modules/${module}/chart`, LIBRARY].map((chart) =>
        readFile(join(ROOT, chart, 'values.schema.json'), 'utf8'),
      ),
    );
    // Helm has no way to share it. When this fails: cp deploy/charts/operator/values.schema.json to the module's chart.
    expect(own).toBe(library);
  });

  it('has a Deployment that runs the module with the probes, ports and identity it needs', async () => {
    const { container, ...rendering } = await renderDefaults(module);
    const { spec, metadata } = rendering.deployment;
    expect(metadata).toMatchObject({ name: `demo-${module}`, namespace: 'flows', labels: labelsOf(module) });
    expect(spec.replicas).toBe(1);
    expect(spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
    expect(spec.selector.matchLabels).toEqual(selectorOf(module));
    expect(spec.template.metadata.labels).toMatchObject(selectorOf(module));
    expect(spec.template.spec).toMatchObject({
      serviceAccountName: `demo-${module}`,
      terminationGracePeriodSeconds: 60,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(spec.template.spec.containers).toHaveLength(1);
    expect(container['image']).toMatch(new RegExp(`/${module}:\\d+\\.\\d+\\.\\d+$`));
    expect(container['command']).toBeUndefined();
    expect(container['ports']).toEqual([
      { name: 'grpc', containerPort: 8483, protocol: 'TCP' },
      { name: 'metrics', containerPort: 8080, protocol: 'TCP' },
      { name: 'health', containerPort: 8081, protocol: 'TCP' },
    ]);
    expect(container['livenessProbe']).toEqual({
      httpGet: { path: '/healthz', port: 8081 },
      initialDelaySeconds: 15,
      periodSeconds: 20,
    });
    expect(container['readinessProbe']).toEqual({
      httpGet: { path: '/readyz', port: 8081 },
      initialDelaySeconds: 5,
      periodSeconds: 10,
    });
    expect(container['securityContext']).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container['resources']).toEqual({
      requests: { cpu: '50m', memory: '128Mi' },
      limits: { memory: '512Mi' },
    });
  });

  it('tells the module its name, version and namespace, and where it is reached', async () => {
    const { container } = await renderDefaults(module);
    const version = container['image'].split(':').at(-1);
    expect(version).toMatch(VERSION);
    expect(container['args']).toEqual([
      'run',
      `--name=${module}`,
      `--version=${version}`,
      '--namespace=flows',
      '--metrics-bind-address=:8080',
      '--health-probe-bind-address=:8081',
      '--grpc-server-bind-address=:8483',
      '--grpc-certificates=/certificates',
      '--log-level=info',
    ]);
    expect(container['env']).toEqual([
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
      { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'SELF_SERVICE_HOST', value: `demo-${module}.flows:8483` },
    ]);
  });

  it('has a Service for gRPC and metrics that selects the pods of the Deployment only', async () => {
    const rendering = await charts.render(module);
    const service = rendering.one('Service');
    expect(service['metadata'].name).toBe(`demo-${module}`);
    expect(service['spec']).toEqual({
      type: 'ClusterIP',
      selector: selectorOf(module),
      ports: [
        { name: 'grpc', port: 8483, targetPort: 'grpc', protocol: 'TCP' },
        { name: 'metrics', port: 8080, targetPort: 'metrics', protocol: 'TCP' },
      ],
    });
    expect(rendering.hook('Job')['spec'].template.metadata.labels).not.toMatchObject(selectorOf(module));
  });

  it('grants every founding right, what the controllers need, and nothing else', async () => {
    const rendering = await charts.render(module);
    const expected = [...FOUNDING_RULES, ...OWN_RULES, ...(module === 'http-module' ? HTTP_RULES : [])];
    const granted = grantsOf(rendering.one('Role')['rules']);
    expect([...granted].sort()).toEqual([...grantsOf(expected)].sort());
  });

  it('binds its Role to its own ServiceAccount', async () => {
    const rendering = await charts.render(module);
    const name = `demo-${module}`;
    expect(rendering.one('ServiceAccount')['metadata']).toMatchObject({ name, namespace: 'flows' });
    expect(rendering.one('RoleBinding')).toMatchObject({
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: 'flows' }],
    });
  });

  it('has no rights beyond its namespace and no wildcard', async () => {
    const { objects } = await charts.render(module, { replicas: 2 });
    expect(objects.map((object) => object['kind'])).not.toContain('ClusterRole');
    expect(objects.map((object) => object['kind'])).not.toContain('ClusterRoleBinding');
    expect(objects.every((object) => object['metadata'].namespace === 'flows')).toBe(true);
    const rules = objects.filter(({ kind }) => kind === 'Role').flatMap((role) => role['rules']);
    expect(JSON.stringify(rules)).not.toContain('*');
    expect(JSON.stringify(rules)).not.toContain('secrets');
  });

  it('removes its TinyModule when it is uninstalled, as somebody who may do nothing else', async () => {
    const rendering = await charts.render(module);
    const name = `demo-${module}-pre-delete`;
    const job = rendering.hook('Job');
    expect(job['metadata']).toMatchObject({
      name,
      annotations: { 'helm.sh/hook': 'pre-delete,post-delete' },
    });
    const { spec } = job['spec'].template;
    expect(spec).toMatchObject({ serviceAccountName: name, restartPolicy: 'Never' });
    expect(spec.securityContext.runAsNonRoot).toBe(true);
    expect(spec.containers[0]).toMatchObject({
      image: rendering.container['image'],
      args: ['pre-delete', `--name=${module}`, '--namespace=flows'],
      securityContext: rendering.container['securityContext'],
    });
    expect(rendering.hook('Role')['rules']).toEqual([
      { apiGroups: [API_GROUP], resources: ['tinymodules'], resourceNames: [module], verbs: ['delete'] },
    ]);
    expect(rendering.hook('RoleBinding')).toMatchObject({ roleRef: { name }, subjects: [{ name }] });
    const weight = (kind: string): number =>
      Number(rendering.hook(kind)['metadata'].annotations['helm.sh/hook-weight']);
    for (const kind of ['ServiceAccount', 'Role', 'RoleBinding'])
      expect(weight(kind)).toBeLessThan(weight('Job'));
  });

  it('says after an install what to look at', async () => {
    const { output } = await charts.helm(
      ...['install', 'demo', `modules/${module}/chart`, '--namespace', 'flows', '--dry-run=client'],
      ...['--set', 'tls.insecure=true'],
    );
    expect(output).toContain(`kubectl get tinymodule ${module} -n flows`);
    expect(output).toContain('helm install tinysystems-crds');
  });

  it('has a README that names it', async () => {
    expect(await readFile(join(ROOT, 'modules', module, 'chart/README.md'), 'utf8')).toContain(
      `helm install ${module} modules/${module}/chart`,
    );
  });
});

describe('the values of a module', () => {
  it('give two replicas a PodDisruptionBudget, and one replica none', async () => {
    expect((await charts.render('common-module')).kind('PodDisruptionBudget')).toEqual([]);
    const two = await charts.render('common-module', { replicas: 2 });
    expect(two.one('Deployment')['spec'].replicas).toBe(2);
    expect(two.one('PodDisruptionBudget')).toMatchObject({
      apiVersion: 'policy/v1',
      spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf('common-module') } },
    });
  });

  it('limit with a NetworkPolicy, when asked, who sends messages', async () => {
    expect((await charts.render('common-module')).kind('NetworkPolicy')).toEqual([]);
    const rendering = await charts.render('common-module', {
      'networkPolicy.enabled': true,
      'service.extraPorts': [{ name: 'http', port: 80, targetPort: 8090 }],
    });
    expect(rendering.one('NetworkPolicy')['spec']).toEqual({
      podSelector: { matchLabels: selectorOf('common-module') },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'tinysystems' } } }],
          ports: [{ port: 8483, protocol: 'TCP' }],
        },
        {
          ports: [
            { port: 8080, protocol: 'TCP' },
            { port: 8081, protocol: 'TCP' },
            { port: 8090, protocol: 'TCP' },
          ],
        },
      ],
    });
  });

  it('mount the Secret with the certificates that they name', async () => {
    const rendering = await charts.render('common-module', { 'tls.secretName': 'mine' });
    expect(rendering.one('Deployment')['spec'].template.spec.volumes).toEqual([
      { name: 'certificates', secret: { secretName: 'mine', defaultMode: 0o444 } },
    ]);
    expect(rendering.container['volumeMounts']).toEqual([
      { name: 'certificates', mountPath: '/certificates', readOnly: true },
    ]);
    expect(rendering.kind('Secret')).toEqual([]);
  });

  it('ask cert-manager for a certificate that names the module', async () => {
    const rendering = await charts.render('common-module', {
      'tls.certManager.issuerRef': { name: 'modules', kind: 'ClusterIssuer' },
      'module.name': 'greetings',
    });
    const [certificate] = rendering.kind('Certificate');
    expect(certificate).toMatchObject({
      apiVersion: 'cert-manager.io/v1',
      metadata: { name: 'demo-common-module-tls', namespace: 'flows' },
      spec: {
        secretName: 'demo-common-module-tls',
        uris: ['spiffe://tinysystems/ns/flows/module/greetings'],
        usages: ['digital signature', 'server auth', 'client auth'],
        privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Always' },
        duration: '2160h',
        renewBefore: '720h',
        issuerRef: { name: 'modules', kind: 'ClusterIssuer', group: 'cert-manager.io' },
      },
    });
    expect(rendering.one('Deployment')['spec'].template.spec.volumes[0].secret.secretName).toBe(
      'demo-common-module-tls',
    );
  });

  it('leave out certificates only when they say so', async () => {
    const rendering = await charts.render('common-module', { 'tls.insecure': true });
    expect(rendering.container['args']).toContain('--grpc-insecure');
    expect(JSON.stringify(rendering.objects)).not.toContain('certificates');
  });

  it('are not complete without a cluster, whose authority would be looked up', async () => {
    const { exitCode, output } = await charts.template('common-module', { tls: {} });
    expect(output).toContain('set tls.certManager.issuerRef.name, tls.secretName, or tls.insecure=true');
    expect(exitCode).toBe(1);
  });

  it('name the module and its version', async () => {
    const values = { 'module.name': 'greetings', 'module.version': '2.0.0-rc.1' };
    const rendering = await charts.render('common-module', values);
    expect(rendering.container['args']).toEqual(
      expect.arrayContaining(['--name=greetings', '--version=2.0.0-rc.1', '--namespace=flows']),
    );
    expect(rendering.hook('Job')['spec'].template.spec.containers[0].args).toContain('--name=greetings');
    expect(rendering.hook('Role')['rules'][0].resourceNames).toEqual(['greetings']);
  });

  it('name the image by tag or by digest', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const image = async (values: Record<string, unknown>): Promise<unknown> =>
      (await charts.render('common-module', { 'image.repository': 'registry.test/m', ...values })).container[
        'image'
      ];
    expect(await image({ 'image.tag': '1.10' })).toBe('registry.test/m:1.10');
    expect(await image({ 'image.tag': '1.10', 'image.digest': digest })).toBe(`registry.test/m@${digest}`);
  });

  it('place the pods', async () => {
    const tolerations = [{ key: 'flows', operator: 'Exists' }];
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } };
    const rendering = await charts.render('common-module', {
      nodeSelector: { disk: 'fast' },
      tolerations,
      affinity: { nodeAffinity },
      podAntiAffinity: 'required',
      imagePullSecrets: [{ name: 'registry' }],
      podAnnotations: { team: 'flows' },
      terminationGracePeriodSeconds: 90,
    });
    const { metadata, spec } = rendering.one('Deployment')['spec'].template;
    expect(metadata.annotations).toEqual({ team: 'flows' });
    expect(spec).toMatchObject({
      nodeSelector: { disk: 'fast' },
      tolerations,
      imagePullSecrets: [{ name: 'registry' }],
      terminationGracePeriodSeconds: 90,
    });
    const labelSelector = { matchLabels: selectorOf('common-module') };
    expect(spec.affinity).toEqual({
      nodeAffinity,
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector },
        ],
      },
    });
    expect(rendering.hook('Job')['spec'].template.spec).toMatchObject({
      nodeSelector: { disk: 'fast' },
      tolerations,
    });
  });

  it('can leave out anti-affinity', async () => {
    const rendering = await charts.render('common-module', { podAntiAffinity: 'none' });
    expect(rendering.one('Deployment')['spec'].template.spec).not.toHaveProperty('affinity');
  });

  it('add environment, flags, ports and annotations', async () => {
    const rendering = await charts.render('http-module', {
      extraEnv: [{ name: 'DEBUG', value: '1' }],
      extraArgs: ['--leader-elect=false'],
      'service.extraPorts': [{ name: 'http', port: 80, targetPort: 8090 }],
      'service.annotations': { a: 'service' },
      'serviceAccount.annotations': { a: 'account' },
    });
    expect(rendering.container['env'].at(-1)).toEqual({ name: 'DEBUG', value: '1' });
    expect(rendering.container['args'].at(-1)).toBe('--leader-elect=false');
    expect(rendering.one('Service')['spec'].ports.at(-1)).toEqual({
      name: 'http',
      port: 80,
      targetPort: 8090,
      protocol: 'TCP',
    });
    expect(rendering.one('Service')['metadata'].annotations).toEqual({ a: 'service' });
    expect(rendering.one('ServiceAccount')['metadata'].annotations).toEqual({ a: 'account' });
  });

  it('add rights, and take away those on Services', async () => {
    const extra = rule('batch', ['jobs'], 'create');
    const rendering = await charts.render('http-module', {
      'rbac.manageServices': false,
      'rbac.extraRules': [extra],
    });
    const { rules } = rendering.one('Role') as { rules: Rendered[] };
    expect(rules).toContainEqual(extra);
    expect(JSON.stringify(rules)).not.toContain('services');
  });

  it('let the module read the Secrets that they name, one by one, and no others', async () => {
    const rulesOf = async (values: Rendered) =>
      ((await charts.render('common-module', values)).one('Role') as { rules: Rendered[] }).rules;
    expect(JSON.stringify(await rulesOf({}))).not.toContain('secrets');
    expect(await rulesOf({ 'rbac.secretNames': ['db', 'mail'] })).toContainEqual({
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: ['db', 'mail'],
      verbs: ['list', 'watch'],
    });
  });

  it('can remove a default with null', async () => {
    const rendering = await charts.render('common-module', { 'podSecurityContext.runAsUser': null });
    const { securityContext } = rendering.one('Deployment')['spec'].template.spec;
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsGroup: 1000 });
    expect(securityContext).not.toHaveProperty('runAsUser');
  });

  it.each([
    [{ replica: 2 }, "additional properties 'replica' not allowed"],
    [{ replicas: 'two' }, "at '/replicas': got string, want integer"],
    [{ replicas: -1 }, "at '/replicas': minimum: got -1, want 0"],
    [{ 'module.version': 'v1.0.0' }, "at '/module/version': 'v1.0.0' does not match pattern"],
    [{ 'module.name': 'Common Module' }, "at '/module/name': 'Common Module' does not match pattern"],
    [{ 'image.tag': 1.1 }, "at '/image/tag': got number, want string"],
    [
      { 'image.pullPolicy': 'Sometimes' },
      "at '/image/pullPolicy': value must be one of 'Always', 'IfNotPresent', 'Never'",
    ],
    [{ logLevel: 'loud' }, "at '/logLevel': value must be one of"],
    [
      { 'rbac.extraRules': [{ verbs: ['get'] }] },
      "at '/rbac/extraRules/0': missing properties 'apiGroups', 'resources'",
    ],
    [
      { 'service.extraPorts': [{ name: 'http', port: 0 }] },
      "at '/service/extraPorts/0/port': minimum: got 0, want 1",
    ],
    [
      { 'tls.secretName': 'mine', 'tls.insecure': true },
      'tls.secretName and tls.insecure exclude each other',
    ],
    [{ 'tls.secret': 'mine' }, "at '/tls': additional properties 'secret' not allowed"],
    [{ extraArgs: ['run'] }, "at '/extraArgs/0': 'run' does not match pattern '^--'"],
    [{ 'image.repository': '' }, 'image.repository is empty: set it to where the module'],
  ])('are refused when they are %j', async (values, message) => {
    const { exitCode, output } = await charts.template('common-module', values);
    expect(output).toContain(message);
    expect(exitCode).toBe(1);
  });

  it('may not put a module into a namespace of Kubernetes', async () => {
    const { exitCode, output } = await charts.template('common-module', {}, '--namespace', 'kube-system');
    expect(output).toContain(
      'the namespace kube-system belongs to Kubernetes: install the module in another one',
    );
    expect(exitCode).toBe(1);
  });

  it('keep names within the limits of Kubernetes', async () => {
    const values = { fullnameOverride: `${'x'.repeat(49)}-` };
    expect((await charts.template('common-module', values)).exitCode).toBe(1);
    const longest = await charts.render('common-module', { nameOverride: 'x'.repeat(50), replicas: 2 });
    for (const { metadata } of longest.objects as Rendered[])
      expect(metadata.name.length).toBeLessThanOrEqual(63);
  });
});

async function renderDefaults(module: string): Promise<{ container: Rendered; deployment: Rendered }> {
  const rendering = await charts.render(module);
  return { container: rendering.container, deployment: rendering.one('Deployment') };
}

function selectorOf(module: string): Rendered {
  return {
    'app.kubernetes.io/name': module,
    'app.kubernetes.io/instance': 'demo',
    'app.kubernetes.io/component': 'manager',
  };
}

function labelsOf(module: string): Rendered {
  return {
    ...selectorOf(module),
    'app.kubernetes.io/version': expect.stringMatching(VERSION),
    'app.kubernetes.io/part-of': 'tinysystems',
    'app.kubernetes.io/managed-by': 'Helm',
    'helm.sh/chart': expect.stringMatching(`^${module}-\\d`),
  };
}

function rule(apiGroup: string, resources: readonly string[], verbs: string): Rendered {
  return { apiGroups: [apiGroup], resources, verbs: verbs.split(' ') };
}

/** One line for each thing that the rules allow. */
function grantsOf(rules: readonly Rendered[]): ReadonlySet<string> {
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }: Rendered) =>
      apiGroups.flatMap((group: string) =>
        resources.flatMap((resource: string) => verbs.map((verb: string) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );
}

/** `a`, `b.c`: paths of the values of a chart down to `depth`, where what Kubernetes itself defines counts as one value. */
function* valuePaths(values: Rendered, prefix: string, depth: number): Generator<string> {
  for (const [key, value] of Object.entries(values)) {
    const path = `${prefix}${key}`;
    const isGroup = typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0;
    if (isGroup && depth > 1 && !/security/i.test(key)) yield* valuePaths(value, `${path}.`, depth - 1);
    else yield path;
  }
}

async function modulesWithChart(): Promise<readonly string[]> {
  const names = await readdir(join(ROOT, 'modules'));
  const found = await Promise.all(
    names.map((name) =>
      access(join(ROOT, 'modules', name, 'chart/Chart.yaml')).then(
        () => [name],
        () => [],
      ),
    ),
  );
  return found.flat();
}
