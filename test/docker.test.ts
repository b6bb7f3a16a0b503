import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { configWarnings } from '../src/config-checks.js';
import { loadConfig } from '../src/config.js';
import {
  COMPOSE_FILES,
  dockerfile,
  EXAMPLE_SECRETS,
  readCompose,
  type ComposeFile,
  type ComposeService,
} from './support/compose-file.js';
import { composeValidator } from './support/compose-validator.js';
import { canRun } from './support/find-command.js';
import { serviceCode } from './support/service-code.js';

/** What a person would get wrong in docker/, looked up in what it is about. No engine is needed, and none runs. */
const root = fileURLToPath(new URL('..', import.meta.url));
const text = (path: string): string => readFileSync(join(root, path), 'utf8');
const version = (JSON.parse(text('package.json')) as { version: string }).version;
const ours = (file: ComposeFile): [string, ComposeService][] =>
  Object.entries(file.services).filter(([, { image }]) => image.startsWith('marquee:'));

describe.each(COMPOSE_FILES)('%s', (name) => {
  const file = readCompose(name);
  const services = Object.entries(file.services);

  it('pins every image', () => {
    for (const [service, { image }] of services)
      expect(image, service).toMatch(/^[a-z][a-z0-9./-]*:v?\d+\.\d+\.\d+[a-z0-9.-]*$/);
    for (const [service, { image }] of ours(file)) expect(image, service).toBe(`marquee:${version}`);
  });

  it('gives our processes settings that they accept, and would not warn of', () => {
    for (const [service, { environment }] of ours(file)) {
      const config = loadConfig({ environment: { ...dockerfile().environment, ...environment } });
      expect(configWarnings(config), service).toEqual([]);
      expect(config.data.directory).toBe('/var/lib/marquee');
    }
  });

  it('lets none of them more than it needs', () => {
    for (const [service, { cap_drop, security_opt, read_only, user, image }] of services) {
      expect(cap_drop, service).toEqual(['ALL']);
      expect(security_opt, service).toEqual(['no-new-privileges:true']);
      // Kafka's start script writes beside the program; its image has a user of its own.
      if (service === 'kafka') continue;
      expect(read_only, service).toBe(true);
      if (!image.startsWith('marquee:')) expect(user, service).toMatch(/^[1-9]\d*:\d+$/);
    }
  });

  it('gives each process a data directory that it may write to, and shares it with none', () => {
    const seen = new Set<string>();
    for (const [service, { volumes = [], tmpfs = [], deploy }] of ours(file)) {
      const volume = volumes.find((mount) => mount.endsWith(':/var/lib/marquee'));
      expect(volume !== undefined || tmpfs.some((m) => m.startsWith('/var/lib/marquee:')), service).toBe(
        true,
      );
      if (volume === undefined) continue;
      expect(seen.has(volume), `${service}: ${volume}`).toBe(false);
      expect(deploy?.replicas ?? 1, service).toBe(1);
      seen.add(volume);
    }
  });

  it('publishes ports to this machine alone, each once', () => {
    const published = services.flatMap(([, { ports = [] }]) => ports.flatMap(hostPorts));
    expect(new Set(published).size).toBe(published.length);
    for (const [service, { ports = [], deploy }] of services)
      for (const port of ports) {
        expect(port, service).toMatch(/^127\.0\.0\.1:/);
        expect(hostPorts(port), service).toHaveLength(deploy?.replicas ?? 1);
      }
  });

  it('names only what is there', () => {
    for (const [service, { depends_on = {}, volumes = [], networks = [] }] of services) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        const other = file.services[needed];
        expect(other, `${service} → ${needed}`).toBeDefined();
        if (condition === 'service_healthy') expect(other!.healthcheck?.test, needed).toBeDefined();
        if (condition === 'service_completed_successfully') expect(other!.restart, needed).toBe('no');
      }
      for (const mount of volumes.map((m) => m.split(':')[0]!))
        expect(
          mount.startsWith('.') ? existsSync(join(root, 'docker', mount)) : mount in file.volumes,
          mount,
        ).toBe(true);
      for (const network of networks) expect(file.networks, service).toHaveProperty(network);
    }
  });

  it('takes every secret from the environment and refuses to start without', () => {
    const raw = text(`docker/${name}`);
    for (const [reference, variable] of raw.matchAll(/\$\{(\w+)[^}]*\}/g)) {
      expect(Object.keys(EXAMPLE_SECRETS), reference).toContain(variable);
      expect(reference).toMatch(/:\?see docker\/env\.example\}$/);
    }
    expect(text('docker/env.example')).not.toMatch(/^\w+=.+$/m);
  });
});

/** "127.0.0.1:8080-8081:8080" is two. */
function hostPorts(mapping: string): number[] {
  const [first, last = first] = mapping.split(':')[1]!.split('-').map(Number);
  return Array.from({ length: last! - first! + 1 }, (_, i) => first! + i);
}

const validate = composeValidator();
describe.runIf(
  canRun(
    'what Compose says of the compose files',
    validate ? undefined : 'neither Compose was found nor its library, which .ci/run makes where Go is',
  ),
)('Compose', () => {
  it.each(COMPOSE_FILES)('accepts %s', (name) => {
    expect(validate!(join(root, 'docker', name))).toBeUndefined();
  });

  it('would say what is wrong', () => {
    const directory = mkdtempSync(join(tmpdir(), 'marquee-compose-'));
    const path = join(directory, 'compose.yaml');
    writeFileSync(path, text('docker/compose.all-in-one.yaml').replace('cap_drop', 'cap_dorp'));
    expect(validate!(path)).toContain('cap_dorp');
    rmSync(directory, { recursive: true });
  });
});

it('prepares by commands that there are', () => {
  const [script] = readCompose('compose.distributed.yaml').services['prepare']!.command!;
  const commands = script!.split(' && ').map((command) => command.replace(/^node dist\/src\/main\.js /, ''));
  expect(commands).toEqual(['topics apply', 'migrate']);
  const code = serviceCode();
  for (const command of commands) {
    const main = join(code.root, 'src', `main${code.extension}`);
    const args = [...code.execArgv, main, ...command.split(' '), '--help'];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stdout).toMatch(new RegExp(`^Usage: marquee ${command} `));
  }
});

describe('Dockerfile', () => {
  const { stages } = dockerfile();
  const [build, runtime] = stages;

  it('begins from a pinned Node that the package accepts', () => {
    expect(stages).toHaveLength(2);
    for (const { from } of stages) expect(from).toMatch(/^node:20\.(19|[2-9]\d)\.\d+-[a-z]+-slim$/);
  });

  it('copies every folder that is compiled, and builds as make does', () => {
    const { include } = JSON.parse(text('tsconfig.build.json')) as { include: string[] };
    expect(build!.copies).toEqual(expect.arrayContaining([...include, 'tsconfig.browser.json']));
    const recipe = /^dist\/\.built:.*\n((?:\t.*\n)+)/m.exec(text('Makefile'))![1]!;
    const made = [...recipe.matchAll(/^\t@((?:node|node_modules)[ /].*)$/gm)].map(([, command]) => command);
    expect(made).toHaveLength(4);
    expect(build!.runs.at(-1)!.split(/\s*&&\s*/)).toEqual(made);
  });

  it('copies nothing that .dockerignore keeps out', () => {
    const allowed = new Set([...text('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path!));
    for (const path of stages.flatMap(({ copies }) => copies))
      if (path !== '/app/dist') expect(allowed, path).toContain(path);
  });

  it('runs as somebody who is not root, without development packages, and knows how it is', () => {
    expect(runtime!.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(runtime!.runs[0]).toContain('npm ci --omit=dev');
    expect(runtime!.instructions).toEqual(expect.arrayContaining(['HEALTHCHECK', 'VOLUME', 'ENTRYPOINT']));
    expect(runtime!.entrypoint).toEqual(['node', 'dist/src/main.js']);
  });
});
