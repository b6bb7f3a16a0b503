/** Where a Redis is, and who asks. */
export interface RedisAddress {
  /** of its socket; else host and port */
  readonly path?: string;
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
  readonly isTls: boolean;
}

const DEFAULT_PORT = 6_379;

/** @param url as ioredis takes them: `redis://`, `rediss://`, host:port or the path of a socket. @throws TypeError on what is none of them */
export function redisAddress(url: string): RedisAddress {
  if (url.startsWith('/')) return { path: url, host: '', port: 0, isTls: false };
  const { protocol, hostname, port, username, password, pathname } = new URL(
    url.includes('://') ? url : `redis://${url}`,
  );
  const database = /^\/(\d+)$/.exec(pathname)?.[1];
  return {
    host: hostname.replace(/^\[|\]$/g, '') || 'localhost',
    port: Number(port) || DEFAULT_PORT,
    isTls: protocol === 'rediss:',
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(database !== undefined && { database: Number(database) }),
  };
}
