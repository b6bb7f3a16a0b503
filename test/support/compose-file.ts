import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const COMPOSE_FILES = ['compose.all-in-one.yaml', 'compose.distributed.yaml'] as const;

/** What docker/env.example asks for, with values that are nobody's. */
export const EXAMPLE_SECRETS: Readonly<Record<string, string>> = Object.fromEntries(
  [...readDocker('env.example').matchAll(/^(\w+)=$/gm)].map(([, name]) => [
    name!,
    `of-a-test-${name!.toLowerCase()}-`.padEnd(40, '0'),
  ]),
);

export interface ComposeService {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly networks?: readonly string[];
  readonly command?: readonly string[];
  readonly deploy?: { readonly replicas: number };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[] };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

/** A compose file as Compose sees it: aliases merged, variables replaced, numbers in an environment as text. */
export function readCompose(name: (typeof COMPOSE_FILES)[number]): ComposeFile {
  const replaced = readDocker(name).replace(
    /\$(?:(\$)|\{(\w+)[^}]*\})/g,
    (_, dollar: string | undefined, variable: string) => dollar ?? EXAMPLE_SECRETS[variable] ?? '',
  );
  const file = parse(replaced, { merge: true }) as Partial<ComposeFile> & Pick<ComposeFile, 'services'>;
  const services = Object.entries(file.services).map(([service, given]) => {
    const settings: Readonly<Record<string, unknown>> = given.environment ?? {};
    const environment = Object.entries(settings).map(([key, value]) => [key, String(value)]);
    return [service, { ...given, environment: Object.fromEntries(environment) as Record<string, string> }];
  });
  return {
    volumes: {},
    networks: {},
    ...file,
    services: Object.fromEntries(services) as ComposeFile['services'],
  };
}

export interface DockerStage {
  readonly from: string;
  readonly copies: readonly string[];
  readonly runs: readonly string[];
  readonly instructions: readonly string[];
  readonly user: string | undefined;
  readonly entrypoint: readonly string[] | undefined;
}

/** docker/Dockerfile: its stages, and the environment that its image sets. */
export function dockerfile(): {
  readonly stages: readonly DockerStage[];
  readonly environment: Readonly<Record<string, string>>;
} {
  const lines = readDocker('Dockerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .filter(Boolean);
  const starts = lines.flatMap((line, at) => (line.startsWith('FROM ') ? [at] : []));
  const stages = starts.map((start, i) => stageOf(lines.slice(start, starts[i + 1])));
  const settings = lines.filter((line) => line.startsWith('ENV ')).join(' ');
  return {
    stages,
    environment: Object.fromEntries(
      [...settings.matchAll(/\b(\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]),
    ),
  };
}

function stageOf(lines: readonly string[]): DockerStage {
  const after = (instruction: string): string[] =>
    lines
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));
  const entrypoint = after('ENTRYPOINT')[0];
  return {
    from: after('FROM')[0]!.split(' ')[0]!,
    copies: after('COPY').flatMap((line) =>
      line
        .split(' ')
        .filter((word) => !word.startsWith('--'))
        .slice(0, -1),
    ),
    runs: after('RUN'),
    instructions: lines.map((line) => line.split(' ')[0]!),
    user: after('USER')[0],
    entrypoint: entrypoint === undefined ? undefined : (JSON.parse(entrypoint) as string[]),
  };
}

function readDocker(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../docker/${name}`, import.meta.url)), 'utf8');
}
