import { SingleBar } from 'cli-progress';

/** A stream that may be a terminal. */
export type TextStream = NodeJS.WritableStream & { readonly isTTY?: boolean | undefined };

/**
 * Passes bytes on and draws how far they have come, on a terminal only.
 *
 * @param totalBytes of the source as it lies on disk; 0: not known, nothing is drawn
 */
export async function* withProgress(
  source: AsyncIterable<Uint8Array>,
  totalBytes: number,
  stream: TextStream | undefined,
): AsyncGenerator<Uint8Array> {
  if (stream?.isTTY !== true || totalBytes === 0) {
    yield* source;
    return;
  }
  const bar = new SingleBar({
    stream,
    format: 'replay {bar} {percentage} % · {eta_formatted} left',
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(totalBytes, 0);
  try {
    for await (const chunk of source) {
      bar.increment(chunk.length);
      yield chunk;
    }
  } finally {
    bar.stop();
  }
}
