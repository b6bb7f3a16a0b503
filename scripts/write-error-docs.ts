import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERRORS, type ErrorCode } from '../core/errors.js';

/** Where the page goes; written by `node --import tsx scripts/write-error-docs.ts`. */
export const ERROR_PAGE = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

type GroupOf<Code extends string> = Code extends `${infer Group}/${string}` ? Group : Code;
type Group = GroupOf<ErrorCode>;

/** What each group of codes is about: a code in a new group does not compile until its line is here. */
const GROUPS: Readonly<Record<Group, string>> = {
  config: 'Settings, at the start: the process prints the message and ends with exit code 2.',
  request: 'A request as HTTP: its body, its route, its key.',
  token: 'The signed token of a page, as its events echo it.',
  'member-token': 'The token with which a browser asks for one member’s pages: ask for another.',
  event:
    'An impression or a play. What the intake refuses is in `rejected` of the answer, item by item; what only the join can know is in the topic `dead-letter`, with the code as its reason.',
  reward: 'The reward expression, checked at the start.',
  catalogue: 'Titles and rows. What is refused of a list is in `rejected`, item by item; the rest is stored.',
  bandit:
    'Policies and their models. While a page is decided these reach no client: the ladder of fallbacks answers, and they are counted.',
  evaluation: 'Off-policy estimates.',
  log: 'The event log.',
  store: 'The key-value stores.',
  snapshot: 'Published models.',
  checkpoint: 'What the learner keeps of itself.',
  analytics: 'ClickHouse.',
  statistics: 'Comparisons of variants: what they are computed from, and how.',
  replay: 'The command `marquee replay`.',
  vectors: 'Embeddings as they are searched: the same length, finite, one per id.',
  graph: 'The knowledge graph and the training of its embeddings.',
  artifact: 'What a training leaves behind. The published version stays as it is.',
  train: 'The command `marquee train`.',
  internal: 'Anything that nobody expected. The message says nothing; the log has the stack.',
};

const INTRO = `# Error codes

<!-- Generated from core/errors.ts by scripts/write-error-docs.ts: change the table, then run \`node --import tsx scripts/write-error-docs.ts\`. -->

Over HTTP an error is \`{"error": {"code", "message", "retry"}}\` with the status below; on the command line it is the message with its code in brackets. The message shows the bad value and what
was expected; it is for people and may change. The code is for programs: it keeps its meaning. *Retry* says whether the same call may succeed later, unchanged.
`;

/** The whole page, as it should be on disk. */
export function errorPage(): string {
  const groups = Object.entries(GROUPS).map(([group, about]) => {
    const lines = Object.entries(ERRORS)
      .filter(([code]) => code.split('/')[0] === group)
      .map(
        ([code, { fault, status, retry }]) =>
          `| \`${code}\` | ${status} | ${fault} | ${retry ? 'yes' : 'no'} |\n`,
      );
    return `## ${group}\n\n${about}\n\n| code | status | whose fault | retry |\n|---|---|---|---|\n${lines.join('')}`;
  });
  return [INTRO, ...groups].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(ERROR_PAGE, errorPage());
