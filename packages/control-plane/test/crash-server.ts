// Serves the data directory given as the first argument until it is killed; prints how to connect as JSON.
import { startControlPlane } from '@tinysystems/control-plane';

const dataDirectory = process.argv[2];
if (dataDirectory === undefined) throw new Error('The first argument is the data directory.');
const { url, token, caCertificate } = await startControlPlane({ dataDirectory });
process.stdout.write(`${JSON.stringify({ url, token, caCertificate })}\n`);
