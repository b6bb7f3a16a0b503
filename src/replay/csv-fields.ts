import { parse } from 'csv-parse/sync';

/**
 * The fields of one line of RFC 4180 CSV, or undefined when its quotes do not close or stand in the wrong place. A record is one line: a quoted
 * field cannot hold a line break. That bounds the damage of a stray quote to its own line, however large the file.
 */
export function csvFields(line: string): string[] | undefined {
  // Without a quote CSV is nothing but commas: the parser is for the lines that need one.
  if (!line.includes('"')) return line.split(',');
  try {
    const records = parse(line, { record_delimiter: '\n' });
    return records.length === 1 ? records[0] : undefined;
  } catch {
    return undefined;
  }
}
