import { HOPS, createChain, latenciesOf, rateOf } from './local-hop.ts';
import { NodeRed } from './peers/node-red.ts';
import { type Benchmark, median, quantile } from './result.ts';

const IN_FLIGHT = 64;
const ROUND_MS = 1500;
const ROUNDS = 5;
/** What Node-RED is sent in a round: for about as long as ours takes. */
const MESSAGES = 100_000;

/** Hops a second beside Node-RED, which passes messages through as many change nodes and waits for no answer. */
export const localHopVsNodeRed: Benchmark = {
  name: 'local-hop-vs-node-red',
  async run() {
    await using chain = await createChain();
    await using nodeRed = await NodeRed.start();
    const red = async () => {
      const tookMs = await nodeRed.chain({ count: MESSAGES, inFlight: IN_FLIGHT });
      return (MESSAGES / tookMs) * 1000;
    };
    const rates = { ours: [] as number[], red: [] as number[] };
    for (let round = 0; round <= ROUNDS; round += 1) {
      const [ours, theirs] = [await rateOf(chain.send, ROUND_MS), await red()];
      if (round === 0) continue; // nothing is compiled yet
      rates.ours.push(ours);
      rates.red.push(theirs);
    }
    const latencies = await latenciesOf(chain.send);
    return [
      {
        name: 'local-hop-vs-node-red',
        value: median(rates.ours) * HOPS,
        unit: 'hops/s',
        reference: 'Node-RED: three change nodes',
        referenceValue: median(rates.red) * HOPS,
        ratio: median(rates.ours.map((rate, round) => rate / (rates.red[round] ?? Number.NaN))),
        p50: quantile(latencies, 0.5) / HOPS,
        p99: quantile(latencies, 0.99) / HOPS,
      },
    ];
  },
};
