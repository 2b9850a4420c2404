// Prints what the server that CONFORMANCE_KUBECONFIG names lacks, as JSON.
import { connect } from './connection.ts';
import { lacksOf } from './features.ts';

await using connection = await connect();
console.log(JSON.stringify([...(await lacksOf(connection.config))]));
