import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * A real Kafka broker as a Java process, from Maven Central: KRaft mode, one node, no container. For tests and for trying the distributed set-up on one
 * machine; never for production. Needs Java 17 and Maven; the packages (43 MB) are fetched once into `.services/`.
 */
const KAFKA_VERSION = '4.1.0';
const LOG4J_VERSION = '2.25.1';
const START_LIMIT_MS = 90_000;
const LIBRARIES = join('.services', `kafka-${KAFKA_VERSION}`);

export interface KafkaServer {
  /** host:port for clients */
  readonly broker: string;
  readonly pid: number;
  /** @param signal SIGKILL dies at once, SIGTERM in order */
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

export interface KafkaServerOptions {
  /** where the broker keeps its log; kept after `stop`, so that starting there again goes on with it */
  readonly directory: string;
  /** default: any that are free; given again they make a restart look like one */
  readonly port?: number;
  readonly controllerPort?: number;
  /** clients must use TLS and log in; default: neither */
  readonly security?: BrokerSecurity;
  /** server.properties beside ours */
  readonly properties?: Readonly<Record<string, string>>;
}

export interface BrokerSecurity {
  /** PKCS12 */
  readonly keystore: string;
  readonly keystorePassword: string;
  /** the one who may log in, by SASL PLAIN */
  readonly username: string;
  readonly password: string;
}

/** Why it cannot run here; undefined: it can. */
export function kafkaObstacle(): string | undefined {
  for (const command of ['java', ...(existsSync(LIBRARIES) ? [] : ['mvn'])]) {
    if (spawnSync(command, ['-version'], { stdio: 'ignore' }).status !== 0) return `${command} was not found`;
  }
  return undefined;
}

/** Fetches the broker's packages unless they are there. @throws Error when Maven cannot */
export function fetchKafka(): void {
  if (existsSync(LIBRARIES)) return;
  const staging = `${LIBRARIES}.${process.pid}`;
  mkdirSync(staging, { recursive: true });
  writeFileSync(join(staging, 'pom.xml'), POM);
  const { status, stdout } = spawnSync(
    'mvn',
    ['-q', '-B', '-f', join(staging, 'pom.xml'), 'dependency:copy-dependencies', '-DoutputDirectory=.'],
    { encoding: 'utf8', timeout: 600_000 },
  );
  if (status !== 0) throw new Error(`Maven could not fetch Kafka ${KAFKA_VERSION}:\n${stdout}`);
  try {
    renameSync(staging, LIBRARIES);
  } catch (error) {
    // Another process was faster: its copy is as good.
    if (!existsSync(LIBRARIES)) throw error;
    rmSync(staging, { recursive: true });
  }
}

/** @returns once the broker answers. @throws Error when it ends before, or takes too long */
export async function startKafka(options: KafkaServerOptions): Promise<KafkaServer> {
  fetchKafka();
  const { directory, port = await freePort(), controllerPort = await freePort() } = options;
  const properties = join(directory, 'server.properties');
  mkdirSync(directory, { recursive: true });
  const more = { ...secured(port, controllerPort, options.security), ...options.properties };
  writeFileSync(properties, serverProperties(directory, port, controllerPort, more));
  if (!existsSync(join(directory, 'data'))) format(properties);
  const log = openSync(join(directory, 'kafka.log'), 'a');
  const server = spawn('java', [...JAVA, 'kafka.Kafka', properties], { stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    server.kill(signal);
    await ended;
  };
  try {
    await answering(server, port);
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
  return { broker: `127.0.0.1:${port}`, pid: server.pid!, stop };
}

const JAVA = ['-Xmx384m', '-Xms128m', '-XX:TieredStopAtLevel=1', '-cp', join(LIBRARIES, '*')];

function format(properties: string): void {
  const cluster = randomBytes(16).toString('base64url');
  const { status, stdout, stderr } = spawnSync(
    'java',
    // One word: an id may begin with "-".
    [...JAVA, 'kafka.tools.StorageTool', 'format', `--cluster-id=${cluster}`, '-c', properties],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`Kafka could not format its storage:\n${stdout}${stderr}`);
}

async function answering(server: ChildProcess, port: number): Promise<void> {
  for (let waitedMs = 0; waitedMs < START_LIMIT_MS; waitedMs += 100) {
    if (server.exitCode !== null)
      throw new Error(`Kafka ended with ${server.exitCode}; its log is beside its data`);
    if (await accepts(port)) return;
    await wait(100);
  }
  throw new Error(`Kafka did not answer within ${START_LIMIT_MS} ms`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (there: boolean): void => {
      socket.destroy();
      resolve(there);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function serverProperties(
  directory: string,
  port: number,
  controllerPort: number,
  more: Readonly<Record<string, string>>,
): string {
  const all = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(directory, 'data'),
    'auto.create.topics.enable': 'false',
    // One node: what is replicated elsewhere is kept once here.
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    ...more,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function secured(
  port: number,
  controllerPort: number,
  security: BrokerSecurity | undefined,
): Record<string, string> {
  if (security === undefined) return {};
  const { keystore, keystorePassword, username, password } = security;
  const login = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
  return {
    listeners: `CLIENTS://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `CLIENTS://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'CLIENTS:SASL_SSL,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'CLIENTS',
    'ssl.keystore.location': keystore,
    'ssl.keystore.password': keystorePassword,
    'ssl.keystore.type': 'PKCS12',
    'ssl.endpoint.identification.algorithm': '',
    'ssl.truststore.location': keystore,
    'ssl.truststore.password': keystorePassword,
    'ssl.truststore.type': 'PKCS12',
    'sasl.enabled.mechanisms': 'PLAIN',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'listener.name.clients.plain.sasl.jaas.config': `${login} username="${username}" password="${password}" user_${username}="${password}";`,
  };
}

const dependency = (group: string, artifact: string, version: string): string =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>marquee</groupId><artifactId>kafka-server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    ${dependency('org.apache.kafka', 'kafka_2.13', KAFKA_VERSION)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', LOG4J_VERSION)}
    ${dependency('org.apache.logging.log4j', 'log4j-core', LOG4J_VERSION)}
  </dependencies>
</project>
`;
