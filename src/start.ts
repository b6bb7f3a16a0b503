import pino, { type Logger } from 'pino';
import { compose, type Marquee } from './compose.js';
import type { Config } from './config.js';

/** Logs never hold secrets, tokens or member ids: requests are not logged at all, faults with their stack. */
export function createLogger(config: Config): Logger {
  return pino({
    level: config.log.level,
    base: null,
    redact: { paths: ['*.token', '*.memberId', '*.authorization'], censor: '[hidden]' },
  });
}

/** Composes, listens, and drains on SIGINT or SIGTERM. Resolves when it listens. */
export async function startService(config: Config): Promise<Marquee> {
  const logger = createLogger(config);
  const marquee = await compose(config, { logger });
  const port = await marquee.listen().catch(async (error: unknown) => {
    // Otherwise the learner and the stores would keep a process alive that nobody can reach.
    await marquee.close();
    throw error;
  });
  logger.info(
    { roles: config.roles, address: `http://${config.server.host}:${port}`, data: config.data.directory },
    'marquee is ready',
  );
  onSignal(() => {
    logger.info('draining');
    void marquee.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal({ err: error }, 'could not drain');
        process.exit(1);
      },
    );
  });
  return marquee;
}

/** Runs once, on the first SIGINT or SIGTERM; a second one ends the process at once. */
export function onSignal(stop: () => void): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(130);
      stopping = true;
      stop();
    });
  }
}
