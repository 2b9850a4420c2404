import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@tinysystems/testing';
import { installPeers } from './peers.ts';

const START_LIMIT_MS = 60_000;

/** Node-RED with the flows of the benchmarks, as people run it, save for its telemetry. */
export class NodeRed implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, url: string, folder: string) {
    this.#child = child;
    this.url = url;
    this.#folder = folder;
  }

  /** Installs it on first use, and starts it. */
  static async start(): Promise<NodeRed> {
    const folder = await mkdtemp(join(tmpdir(), 'node-red-'));
    const port = await freePort();
    await writeFile(join(folder, 'flows.json'), JSON.stringify(flows()));
    await writeFile(join(folder, 'settings.cjs'), settings(port, folder));
    const program = join(await installPeers(), 'node_modules/node-red/red.js');
    const child = spawn(process.execPath, [program, '-s', join(folder, 'settings.cjs'), '-u', folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const nodeRed = new NodeRed(child, `http://127.0.0.1:${port}`, folder);
    try {
      await eventually(() => nodeRed.#serves(), { timeoutMs: START_LIMIT_MS });
    } catch (error) {
      await nodeRed[Symbol.asyncDispose]();
      throw error;
    }
    return nodeRed;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sends messages through a chain of `nodes` change nodes, `inFlight` at once. @returns how long that took, ms. */
  async chain({ count, inFlight }: { readonly count: number; readonly inFlight: number }): Promise<number> {
    const response = await fetch(`${this.url}/chain?count=${count}&inFlight=${inFlight}`);
    return ((await response.json()) as { readonly ms: number }).ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill();
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #serves(): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error(`Node-RED ended with code ${this.#child.exitCode}`);
    const response = await fetch(`${this.url}/hello?name=Ada`).catch(() => undefined);
    return response?.status === 200;
  }
}

const TAB = '1000000000000000';

/** `http in → function → http response`, and the chain of change nodes between two functions that send and count. */
function flows(): readonly object[] {
  let lastId = 1;
  const node = (type: string, wires: readonly (readonly string[])[], more: object) => {
    lastId += 1;
    const id = `1${String(lastId).padStart(15, '0')}`;
    return { id, type, z: TAB, name: '', x: 100, y: 40 * lastId, wires, ...more };
  };
  const fn = (func: string, wires: readonly (readonly string[])[]) =>
    node('function', wires, {
      func,
      outputs: wires.length,
      timeout: 0,
      noerr: 0,
      initialize: '',
      finalize: '',
      libs: [],
    });
  const httpIn = (url: string, to: string) =>
    node('http in', [[to]], { url, method: 'get', upload: false, swaggerDoc: '' });
  const answer = node('http response', [], { statusCode: '', headers: {} });
  const greet = fn('msg.payload = { greeting: "Hello, " + msg.payload.name + "!" };\nreturn msg;', [
    [answer.id],
  ]);
  const count = fn('global.get("bench").arrive();\nreturn null;', []);
  const change = (to: string) =>
    node('change', [[to]], {
      rules: [{ t: 'set', p: 'topic', pt: 'msg', to: 'step', tot: 'str' }],
      ...{ action: '', property: '', from: '', to: '', reg: false },
    });
  const third = change(count.id);
  const second = change(third.id);
  const first = change(second.id);
  const send = fn(SEND, [[first.id], [answer.id]]);
  return [
    { id: TAB, type: 'tab', label: 'bench', disabled: false, info: '' },
    ...[httpIn('/hello', greet.id), greet, answer],
    ...[httpIn('/chain', send.id), send, first, second, third, count],
  ];
}

const SEND = `
  global.get('bench').run(Number(msg.payload.count), Number(msg.payload.inFlight),
    (index) => node.send([{ payload: index, topic: 'bench' }, null]),
    (ms) => { msg.payload = { ms }; node.send([null, msg]); });
  return null;`;

function settings(port: number, folder: string): string {
  return `
    let work;
    const bench = {
      run(count, inFlight, send, done) {
        work = { count, sent: 0, arrived: 0, send, done, startedMs: performance.now() };
        while (work.sent < Math.min(count, inFlight)) send(work.sent++);
      },
      arrive() {
        work.arrived += 1;
        if (work.arrived === work.count) work.done(performance.now() - work.startedMs);
        else if (work.sent < work.count) work.send(work.sent++);
      },
    };
    module.exports = {
      uiHost: '127.0.0.1', uiPort: ${port}, flowFile: 'flows.json', credentialSecret: 'bench',
      userDir: ${JSON.stringify(folder)}, telemetry: { enabled: false, updateNotification: false },
      logging: { console: { level: 'warn', metrics: false, audit: false } },
      functionGlobalContext: { bench },
    };`;
}

/** Node-RED does not say which port it took, so it is given one that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
