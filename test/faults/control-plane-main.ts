// A control plane that serves the data directory of its first argument until it is killed; prints how to connect as JSON.
import { startControlPlane } from '@tinysystems/control-plane';

const dataDirectory = process.argv[2];
const options = dataDirectory === undefined ? {} : { dataDirectory };
const { url, token, caCertificate } = await startControlPlane(options);
process.stdout.write(`${JSON.stringify({ url, token, caCertificate })}\n`);
