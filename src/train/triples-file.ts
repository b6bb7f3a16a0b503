import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { AppError, shown } from '../../core/errors.js';
import type { Triple } from '../../features/graph/knowledge-graph.js';

const SPLITS = ['train', 'valid', 'test'] as const;
type Split = (typeof SPLITS)[number];

/** Facts of a file; `split` is undefined where its lines do not say. */
export interface FileTriples {
  readonly triples: readonly Triple[];
  readonly split: readonly (Split | undefined)[];
}

interface Limits {
  /** lines read at most; default ten million */
  readonly mostLines?: number;
}

/**
 * Reads tab-separated facts: head, relation, tail and, if there is one, the split: train, valid or test. Plain, or gzip when the name ends in .gz. A first line of just
 * those words is a heading.
 *
 * @throws AppError `train/unreadable` | `graph/bad-triple`, with the line
 */
export async function readTriples(
  path: string,
  { mostLines = 10_000_000 }: Limits = {},
): Promise<FileTriples> {
  const triples: Triple[] = [];
  const split: (Split | undefined)[] = [];
  // Tabs alone part the fields: a quotation mark in a name is a mark like any other.
  const parser = parse({ delimiter: '\t', quote: null, relax_column_count: true, skip_empty_lines: true });
  const source = createReadStream(path);
  const streams = path.endsWith('.gz') ? [source, createGunzip(), parser] : [source, parser];
  const reading = async (): Promise<void> => {
    let line = 0;
    for await (const fields of parser as AsyncIterable<readonly string[]>) {
      line++;
      if (line === 1 && fields[0] === 'head' && fields[1] === 'relation') continue;
      if (triples.length === mostLines)
        throw new AppError('train/unreadable', `${path} has more than ${mostLines} facts`);
      triples.push(tripleOf(fields, line));
      split.push(splitOf(fields, line));
    }
  };
  try {
    await Promise.all([pipeline(streams), reading()]);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError(
      'train/unreadable',
      `${shown(path)} cannot be read: ${reason}; expected tab-separated triples, plain or gzip`,
      undefined,
      error,
    );
  }
  return { triples, split };
}

function tripleOf(fields: readonly string[], line: number): Triple {
  const [head = '', relation = '', tail = ''] = fields;
  if (fields.length < 3 || fields.length > 4 || head === '' || relation === '' || tail === '')
    throw new AppError(
      'graph/bad-triple',
      `line ${line} is ${shown(fields)}; expected head, relation, tail and perhaps a split, with tabs between`,
    );
  return { head, relation, tail };
}

function splitOf(fields: readonly string[], line: number): Split | undefined {
  const text = fields[3];
  if (text === undefined) return undefined;
  const split = SPLITS.find((known) => known === text);
  if (split === undefined)
    throw new AppError(
      'graph/bad-triple',
      `line ${line} is of split ${shown(text)}; expected ${SPLITS.join(', ')}`,
    );
  return split;
}
