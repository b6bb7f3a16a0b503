import { join } from 'node:path';
import { startKafka } from './kafka-server.js';

/** `node dist/scripts/kafka/run-broker.js [directory]`: a broker on port 9092 for trying the distributed set-up, until it is interrupted. */
const directory = process.argv[2] ?? join('data', 'kafka');
process.stdout.write(`starting Kafka (the first time its packages are fetched)…\n`);
const server = await startKafka({ directory, port: 9092, controllerPort: 9093 });
process.stdout.write(`Kafka answers on ${server.broker}; data in ${directory}; stop it with Ctrl-C\n`);
process.once('SIGINT', () => void server.stop());
process.once('SIGTERM', () => void server.stop());
