import {
  type Component,
  type Json,
  type Log,
  type Message,
  type NodeSpec,
  type PortDefinition,
  SecretMask,
  TinyError,
  compileDecoder,
  isJsonEqual,
  runChain,
  secretTexts,
  toTinyError,
} from '@tinysystems/core';
import { hasPassed } from '../limits.ts';
import { type LoopWatch, NO_LOOP_WATCH } from '../loop-watch.ts';
import type { Tracer } from '../tracer.ts';
import type { InPort } from './in-port.ts';
import { DRAIN_TIMEOUT_MS, Live, stoppedError } from './live.ts';
import { beganBy } from './origin.ts';
import { publishPorts } from './published-ports.ts';
import type { NodeReport } from './report.ts';
import { type SettingsProblem, resolveSettings } from './resolve-settings.ts';
import { NO_SECRETS } from '../secret-source.ts';
import type { EndReason } from './end-reason.ts';
import type { InstanceOptions } from './instance-options.ts';

/** How long a component may take to accept settings, milliseconds. */
export const SETTINGS_TIMEOUT_MS = 30_000;

/** Settings that the component took, with its ports under them. */
interface Accepted {
  /** As they are shown: with references, not with what those hold. */
  readonly shown: Json;
  readonly ports: readonly PortDefinition[];
  /** Ends hiding their secrets. */
  readonly release: () => void;
}

/** Settings that were offered to the component. */
interface Offered {
  readonly settings: Json;
  readonly problem: SettingsProblem | undefined;
  readonly plainSecrets: readonly string[];
}

/** The lifecycle of one node: identity → state → settings → ports and edges → background → ready. */
export class Instance {
  readonly tracer: Tracer;
  readonly log: Log;
  readonly loop: LoopWatch;
  /** Hides secrets in what is told of the node. */
  readonly mask: SecretMask;
  readonly #options: InstanceOptions;
  #spec: NodeSpec;
  #live: Live | undefined;
  /** Why messages are refused; one whose chain already passed a node that ends is let in all the same. */
  #refusal: TinyError | undefined;
  #isSettled = false;
  #isEnding = false;
  #isLeader = false;
  /** The settings last offered to the instance, accepted or not: rejected ones are not offered again. */
  #offered: Offered | undefined;
  #accepted: Accepted | undefined;

  constructor(spec: NodeSpec, options: InstanceOptions) {
    this.mask = options.mask ?? new SecretMask();
    this.#options = { ...options, mask: this.mask };
    this.#spec = spec;
    this.tracer = options.tracer;
    this.log = options.log;
    this.loop = options.loop ?? NO_LOOP_WATCH;
  }

  /** Nothing of it is on its way. */
  get isIdle(): boolean {
    return this.#live?.isIdle !== false;
  }

  /** What the component shows; `undefined` also when it fails to. */
  get view(): Json | undefined {
    try {
      return this.#live?.instance.view?.();
    } catch (error) {
      this.log.error({ node: this.#spec.name, err: error }, 'a component failed to show its control view');
      return undefined;
    }
  }

  get report(): NodeReport {
    const { components } = this.#options;
    const component = components.get(this.#spec.component);
    const own = components.defaultPorts(this.#spec.component);
    return {
      isComponentKnown: component !== undefined,
      isRunning: this.#spec.run,
      settingsProblem: this.#offered?.problem?.message,
      settingsReason: this.#offered?.problem?.reason,
      plainSecrets: this.#offered?.plainSecrets ?? [],
      edgeProblems: this.#live?.problems ?? [],
      backgroundProblem: this.#live?.backgroundProblem,
      ports: publishPorts({
        component,
        spec: this.#spec,
        ports: this.#accepted === undefined ? own : (this.#live?.ports ?? own),
        own,
        settings: this.#accepted?.shown,
        view: this.view,
        mask: this.mask,
      }),
    };
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Whether the message is taken or refused at once; false: it must wait for the spec that is being applied. */
  decidesOn(message: Message): boolean {
    return this.#isSettled || this.reenters(message);
  }

  /** Whether the node ends, and the message belongs to a chain that has passed it: else the chain could not end. */
  reenters(message: Message): boolean {
    return this.#isEnding && hasPassed(message, this.#spec.name);
  }

  /** The in port that a message goes to. @throws TinyError why messages are refused, or `PORT_UNKNOWN`. */
  inPort(message: Message): InPort {
    if (this.#refusal !== undefined && !this.reenters(message)) throw this.#refusal;
    const inPorts = this.#live?.inPorts;
    const port = inPorts?.get(message.to.port);
    if (port !== undefined) return port;
    const known = [...(inPorts?.keys() ?? [])].join(', ') || 'none';
    throw new TinyError(
      'Permanent',
      'PORT_UNKNOWN',
      `node ${this.#spec.name} has no in port ${message.to.port}; it has: ${known}`,
    );
  }

  async apply(spec: NodeSpec): Promise<void> {
    const before = this.#spec;
    const component = this.#options.components.get(spec.component);
    const refusal = refusalOf(component, spec);
    const isReplaced = before.uid !== spec.uid || before.component !== spec.component;
    if (isReplaced || refusal !== undefined || this.#live === undefined) {
      this.#isSettled = refusal !== undefined;
      this.#refusal = refusal;
      await this.#endLive(before.uid === spec.uid ? 'released' : 'deleted');
    }
    this.#spec = spec;
    this.#refusal = refusal ?? (await this.#start(component as Component, spec));
    this.#isSettled = true;
  }

  /** From now on this replica leads, or not; {@link placeBackground} follows. */
  setLeader(isLeader: boolean): void {
    this.#isLeader = isLeader;
    if (!isLeader) this.#live?.abortLeaderWork();
  }

  async placeBackground(isRestarted = false): Promise<void> {
    const placement = this.#live?.instance.background?.placement;
    const isWanted = this.#accepted !== undefined && (placement === 'everyReplica' || this.#isLeader);
    await this.#live?.place({ isWanted, isRestarted });
  }

  /** Resolves at a moment when nothing of it is on its way. */
  async whenIdle(): Promise<void> {
    await this.#live?.whenIdle();
  }

  /** Ends the background work, so that the node begins nothing by itself any more. */
  async quiet(): Promise<void> {
    await this.#live?.place({ isWanted: false, isRestarted: false });
  }

  /** Ends it for good; new messages are refused at once. @param drainUntilMs - how long those in work may go on. */
  async end(reason: EndReason, drainUntilMs?: number): Promise<void> {
    this.#refusal = stoppedError(this.#spec.name);
    this.#isSettled = true;
    await this.#endLive(reason, drainUntilMs);
  }

  /** @returns why messages are refused; `undefined`: the node is ready. */
  async #start(component: Component, spec: NodeSpec): Promise<TinyError | undefined> {
    const isChanged = await this.#offerSettings(component, spec);
    if (this.#accepted === undefined || this.#live === undefined) {
      const text = `node ${spec.name} has no accepted settings: ${this.#offered?.problem?.message ?? ''}`;
      return new TinyError('Permanent', 'SETTINGS_REJECTED', text);
    }
    this.#live.install(spec, this.#accepted.ports);
    await this.placeBackground(isChanged);
    return undefined;
  }

  /** @returns whether new settings were accepted. Rejected ones leave those in force that were accepted before. */
  async #offerSettings(component: Component, spec: NodeSpec): Promise<boolean> {
    const { name } = spec;
    const { secrets = NO_SECRETS } = this.#options;
    const { settings, problem, plainSecrets } = await resolveSettings(spec, component.settings, secrets);
    if (problem !== undefined) {
      this.#offered = { settings, problem, plainSecrets };
      return false;
    }
    if (this.#offered !== undefined && isJsonEqual(this.#offered.settings, settings)) return false;
    const release = this.mask.hold(secretTexts(settings, component.settings ?? {}));
    try {
      const live = (this.#live ??= new Live(component, spec, this.#options));
      const decoded = decodeSettings(component, settings);
      const ports = component.ports(decoded);
      const { clock } = this.#options;
      const what = `applying the settings of node ${name}`;
      await runChain({ clock, deadlineMs: clock.now() + SETTINGS_TIMEOUT_MS, parents: [], what }, async () =>
        beganBy(name, () => live.instance.settings?.(decoded)),
      );
      this.#accepted?.release();
      this.#accepted = { shown: decodeSettings(component, spec.settings), ports, release };
      this.#offered = { settings, problem: undefined, plainSecrets };
      return true;
    } catch (error) {
      const { message } = this.mask.error(toTinyError(error));
      this.#offered = { settings, problem: { reason: 'Rejected', message }, plainSecrets };
      release();
      return false;
    }
  }

  async #endLive(
    reason: EndReason,
    drainUntilMs = this.#options.clock.now() + DRAIN_TIMEOUT_MS,
  ): Promise<void> {
    this.#isEnding = true;
    await this.#live?.end(reason, drainUntilMs);
    this.#isEnding = false;
    this.#live = undefined;
    this.#offered = undefined;
    this.#accepted?.release();
    this.#accepted = undefined;
    await this.#options.secrets?.read(this.#spec.name, []);
  }
}

/** @throws TinyError naming the setting that does not fit. */
function decodeSettings(component: Component, settings: Json): Json {
  const decoded = compileDecoder(component.settings ?? {}).decode(settings);
  if (decoded.ok) return decoded.value;
  const text = `settings of component ${component.name}: ${decoded.problem}`;
  throw new TinyError('Permanent', 'SETTINGS_REJECTED', text);
}

/** Why a node with this spec has no instance here. */
function refusalOf(component: Component | undefined, spec: NodeSpec): TinyError | undefined {
  if (component === undefined) {
    const text = `node ${spec.name} wants component ${spec.component}, which module ${spec.module} does not have`;
    return new TinyError('Permanent', 'COMPONENT_UNKNOWN', text);
  }
  if (!spec.run) return new TinyError('Permanent', 'NODE_STOPPED', `node ${spec.name} ${whyStopped(spec)}`);
  return undefined;
}

function whyStopped({ flow, isSuspended }: NodeSpec): string {
  return isSuspended === true
    ? `is stopped with its flow: set spec.suspended of TinyFlow ${flow} to false`
    : 'is stopped: set spec.run of the TinyNode to true';
}
