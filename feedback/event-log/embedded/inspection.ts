import { readFile } from 'node:fs/promises';
import type { LogRecord, Topic } from '../event-log.js';
import { partitionDirectory } from './log-layout.js';
import { checkRecord, readRecord } from './record-format.js';
import { corrupt, listSegments, SEGMENT_HEADER_BYTES } from './segment-file.js';

/**
 * Reads one partition from the files alone, without owning the directory: for verification and repair. A torn tail of the last segment
 * ends the reading.
 *
 * @throws AppError `log/corrupt` at the first record that is not whole, unless nothing follows it
 */
export async function* readRecords(place: {
  directory: string;
  topic: Topic;
  partition: number;
}): AsyncGenerator<LogRecord> {
  const segments = await listSegments(partitionDirectory(place.directory, place.topic, place.partition));
  for (const [index, { path, baseOffset }] of segments.entries()) {
    const bytes = await readFile(path);
    let offset = baseOffset;
    let at = SEGMENT_HEADER_BYTES;
    let checked = checkRecord(bytes, at, bytes.length, offset);
    for (; checked.kind === 'whole'; checked = checkRecord(bytes, at, bytes.length, offset)) {
      yield readRecord(bytes, at);
      at += checked.bytes;
      offset++;
    }
    const next = segments[index + 1];
    if (next !== undefined && next.baseOffset !== offset)
      throw corrupt(path, at, `the end of its records at offset ${offset}`);
    if (checked.kind === 'bad') throw corrupt(path, at, checked.why);
  }
}
