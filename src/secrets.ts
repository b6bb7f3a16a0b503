import { createHmac, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from './config-schema.js';

export interface Secrets {
  readonly tokenKey: string;
  readonly drawKey: string;
}

/** The configured secrets; one that is not configured is made once and kept, readable by the owner alone, in the data directory. */
export function loadSecrets(config: Config): Secrets {
  const { tokenKey, drawKey } = config.secrets;
  // Without pages there is nothing to sign or to draw.
  if (!config.roles.includes('serve')) return { tokenKey: unused(), drawKey: unused() };
  if (tokenKey !== undefined && drawKey !== undefined) return { tokenKey, drawKey };
  const kept = keptSecret(config.data.directory);
  const derive = (purpose: string): string => createHmac('sha256', kept).update(purpose).digest('hex');
  return { tokenKey: tokenKey ?? derive('token'), drawKey: drawKey ?? derive('draw') };
}

function unused(): string {
  return randomBytes(32).toString('hex');
}

function keptSecret(directory: string): string {
  const path = join(directory, 'secret');
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(directory, { recursive: true });
  const secret = randomBytes(32).toString('hex');
  writeFileSync(`${path}.new`, secret, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  return secret;
}
