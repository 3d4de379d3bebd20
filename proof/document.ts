import { type Claim, marks } from './claim.ts';

/** What one part has shown, as it is kept in docs/proof.json. */
export interface Shown {
  /** `YYYY-MM-DD` */
  date: string;
  /** `caf3bdc`, or `caf3bdc+` where `packages` or `proof` were not as in it. Absent from what was run before this was kept. */
  commit?: string;
  seconds: number;
  claims: Claim[];
}

export type Proof = Record<string, Shown>;

/** docs/proof.md, as `npm run proof` writes it. @param titles of the parts, in their order */
export function document(proof: Proof, titles: Readonly<Record<string, string>>): string {
  const parts = Object.entries(titles).filter(([name]) => proof[name]);
  const all = parts.flatMap(([name]) => proof[name]!.claims);
  const held = all.filter(({ holds }) => holds).length;
  const untried = all.filter(({ holds }) => holds === null).length;
  return `# The proof

<!-- Written by \`npm run proof\`; not by hand. -->

${held} of ${all.length} claims hold${untried ? `, and ${untried} could not be tried where this was run` : ''}. Each row is what a run has counted or measured.
A seed draws the same again: \`npm run proof -- --only=model --seed=7\`. On fake time and in a simulation that is the same run; in
real time (the faults, the model on ASP.NET Core) what comes of it depends on the machine. How each part works is told in \`proof/README.md\`.

| claim | server | figure | seed | |
| --- | --- | --- | --- | --- |
${parts.map(([name, title]) => rows(title, proof[name]!)).join('\n')}
`;
}

function rows(title: string, { date, commit, seconds, claims }: Shown): string {
  return [
    `| **${title}** | | *${[date, commit, duration(seconds)].filter(Boolean).join(', ')}* | | |`,
    ...claims.map(
      ({ claim, server, figure, seed, holds }) =>
        `| ${cell(claim)} | ${cell(server)} | ${cell(figure)} | ${seed ?? '–'} | ${marks.get(holds)} |`,
    ),
  ].join('\n');
}

function duration(seconds: number): string {
  return seconds < 60 ? `${Math.round(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** A name of a method in a claim is no tag of HTML. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
