// What T15 runs in a network namespace: an echo process, a rule that loses packets to and from it, and calls.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EchoCaller, EchoProcess } from './echo.ts';
import { callThroughLoss } from './t15-network-trouble.ts';

const [lossShare = '0', calls = '0'] = process.argv.slice(2);
await using echo = await EchoProcess.start();
for (const port of ['--dport', '--sport']) {
  const rule = `-A INPUT -p tcp ${port} ${echo.port} -m statistic --mode random --probability ${lossShare} -j DROP`;
  await promisify(execFile)('sh', ['-c', `$IPTABLES ${rule}`]);
}
{
  await using caller = new EchoCaller([`127.0.0.1:${echo.port}`]);
  const measures = await callThroughLoss(caller, Number(calls));
  const { stdout } = await promisify(execFile)('sh', ['-c', '$IPTABLES -L INPUT -v -n -x']);
  const lost = [...stdout.matchAll(/^\s*(\d+)\s.*DROP/gm)].reduce(
    (sum, [, packets]) => sum + Number(packets),
    0,
  );
  console.log(JSON.stringify({ ...measures, lostPackets: lost }));
}
