import { AppError, shown } from '../core/errors.js';
import type { Config, Role } from './config-schema.js';
import { checkKeys } from './identity/configured-keys.js';

/** What single settings cannot say: which of them go together. @throws AppError `config/bad-value` | `config/unsafe-bind` */
export function checkTogether(config: Config): void {
  checkBind(config);
  checkKeys(config.auth);
  checkVariants(config);
  checkAdapterSettings(config);
  checkRewardRange(config);
}

/** Can a process with these settings and roles work beside others? @throws AppError `config/bad-value` */
export function checkProcess(config: Config): void {
  checkRoles(config);
  checkPersonalizer(config);
  checkSharedSecrets(config);
}

/** Is the store one that other processes read and write too? */
export function hasSharedStore(config: Config): boolean {
  return config.store.adapter === 'redis';
}

/** What works as it stands and is perhaps not what was meant: a line each, for the log. */
export function configWarnings(config: Config): string[] {
  const { roles, eventLog, store, analytics } = config;
  const has = (role: Role): boolean => roles.includes(role);
  const lines: string[] = [];
  const unused = (given: boolean, setting: string, adapter: string, value: string): void => {
    if (given) lines.push(`${setting} is set and ${adapter} is ${value}: it is not used`);
  };
  unused(
    eventLog.adapter !== 'kafka' && eventLog.kafka.brokers.length > 0,
    ...(['eventLog.kafka.brokers', 'eventLog.adapter', eventLog.adapter] as const),
  );
  unused(
    store.adapter !== 'redis' && store.redis.urls.length > 0,
    ...(['store.redis.urls', 'store.adapter', store.adapter] as const),
  );
  unused(
    analytics.adapter !== 'clickhouse' && analytics.clickhouse.url !== undefined,
    ...(['analytics.clickhouse.url', 'analytics.adapter', analytics.adapter] as const),
  );
  if (eventLog.adapter === 'kafka' && store.adapter === 'lmdb')
    lines.push(
      'eventLog.adapter is kafka and store.adapter is lmdb: the catalogue is in this process alone, so no second process may use these topics (store.adapter redis is for several)',
    );
  if (eventLog.adapter === 'kafka' && analytics.adapter === 'chdb' && has('sink'))
    lines.push(
      'analytics.adapter is chdb: the tables are in this process alone, so no other process may have the role sink (analytics.adapter clickhouse is for several)',
    );
  if (eventLog.adapter === 'embedded' && store.adapter === 'redis' && !(has('serve') && has('learn')))
    lines.push(
      'eventLog.adapter is embedded: what this process is told reaches no other process, though store.adapter is redis (eventLog.adapter kafka is for several)',
    );
  if (eventLog.kafka.sasl.mechanism === 'plain' && !eventLog.kafka.tls.enabled)
    lines.push(
      'eventLog.kafka.sasl.mechanism is plain and eventLog.kafka.tls.enabled is false: the password travels as it is',
    );
  return lines;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function bad(message: string): AppError {
  return new AppError('config/bad-value', message);
}

function checkBind({ server, auth }: Config): void {
  if (isLoopback(server.host) || auth.apiKeys.length + auth.keys.length > 0) return;
  throw new AppError(
    'config/unsafe-bind',
    `server.host is ${shown(server.host)} and auth.keys and auth.apiKeys are empty; expected a key for anything but loopback`,
  );
}

function checkRewardRange({ personalizer: { rewardRange } }: Config): void {
  if (!(rewardRange.lowest < rewardRange.highest))
    throw bad(`personalizer.rewardRange is ${shown(rewardRange)}; expected lowest below highest`);
}

/** The loop keeps what it learned beside the learner's checkpoint. */
function checkPersonalizer({ personalizer, roles }: Config): void {
  if (personalizer.enabled && !(roles.includes('serve') && roles.includes('learn')))
    throw bad(
      `personalizer.enabled is true and roles is ${shown(roles)}; expected serve and learn among them`,
    );
}

function checkVariants({ experiment: { variants } }: Config): void {
  if (new Set(variants.map((v) => v.id)).size !== variants.length)
    throw bad(`experiment.variants has ids ${shown(variants.map((v) => v.id))}; expected each once`);
  if (!variants.some((v) => v.weight > 0))
    throw bad(
      `experiment.variants has weights ${shown(variants.map((v) => v.weight))}; expected one above 0`,
    );
}

/** An adapter that is chosen has what it needs to begin. */
function checkAdapterSettings({ eventLog, store, analytics }: Config): void {
  const { kafka } = eventLog;
  if (eventLog.adapter === 'kafka') {
    if (kafka.brokers.length === 0)
      throw bad(
        'eventLog.adapter is kafka and eventLog.kafka.brokers is []; expected at least one host:port',
      );
    const { mechanism, username, password } = kafka.sasl;
    if (mechanism !== 'none' && (username === undefined || password === undefined))
      throw bad(
        `eventLog.kafka.sasl.mechanism is ${mechanism}; expected eventLog.kafka.sasl.username and .password with it`,
      );
    if (kafka.heartbeatIntervalMs * 2 > kafka.sessionTimeoutMs)
      throw bad(
        `eventLog.kafka.heartbeatIntervalMs is ${kafka.heartbeatIntervalMs}; expected at most half of eventLog.kafka.sessionTimeoutMs, ${kafka.sessionTimeoutMs}`,
      );
  }
  if (store.adapter === 'redis' && store.redis.urls.length === 0)
    throw bad('store.adapter is redis and store.redis.urls is []; expected at least one redis:// address');
  if (analytics.adapter === 'clickhouse' && analytics.clickhouse.url === undefined)
    throw bad(
      'analytics.adapter is clickhouse and analytics.clickhouse.url is not set; expected http://host:8123 or https://host:8443',
    );
  const { tls } = analytics.clickhouse;
  if (tls.certFile !== undefined && tls.caFile === undefined)
    throw bad('analytics.clickhouse.tls has certFile without caFile; expected the authorities to trust too');
  checkCertificate('eventLog.kafka.tls', kafka.tls);
  checkCertificate('store.redis.tls', store.redis.tls);
  checkCertificate('analytics.clickhouse.tls', tls);
}

function checkCertificate(section: string, tls: { certFile?: string; keyFile?: string }): void {
  if ((tls.certFile === undefined) !== (tls.keyFile === undefined))
    throw bad(
      `${section} has ${tls.certFile === undefined ? 'keyFile' : 'certFile'} alone; expected certFile and keyFile together`,
    );
}

/** What a process leaves to others must be where others can reach it. */
function checkRoles({ roles, eventLog, store, analytics }: Config): void {
  if (eventLog.adapter !== 'kafka') return;
  const has = (role: Role): boolean => roles.includes(role);
  // Decisions name titles by numbers that the store gives out: with a store of its own, another process takes them for other titles.
  if (store.adapter === 'lmdb' && !(has('serve') && has('learn')))
    throw bad(
      `roles is ${shown(roles)} and store.adapter is lmdb, which no other process can read; expected store.adapter redis, or serve and learn in one process`,
    );
  if (analytics.adapter === 'chdb' && has('dashboards') && !has('sink'))
    throw bad(
      `roles is ${shown(roles)} and analytics.adapter is chdb, whose tables are in the process that has the sink; expected sink with dashboards, or analytics.adapter clickhouse`,
    );
}

/** Processes that share members must accept each other's tokens and draw the same pictures. */
function checkSharedSecrets(config: Config): void {
  if (!hasSharedStore(config) || !config.roles.includes('serve')) return;
  const missing = (['tokenKey', 'drawKey'] as const).filter((key) => config.secrets[key] === undefined);
  if (missing.length === 0) return;
  throw bad(
    `store.adapter is ${config.store.adapter}, which several processes share, and ${missing.map((key) => `secrets.${key}`).join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set; expected the same in each: at least 32 random characters, from \`openssl rand -hex 32\` for example`,
  );
}
