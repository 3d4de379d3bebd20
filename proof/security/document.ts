import { attackers } from './claims.ts';

const [begin, end] = ['<!-- claims: npx tsx proof/security/print.ts -->', '<!-- /claims -->'];

/** The same page with the table of today. */
export function withClaims(page: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`The page has no place for the claims: ${begin} … ${end}`);
  return `${before}${begin}\n\n${table()}\n\n${end}${after}`;
}

function table(): string {
  const rows = attackers.map(({ who, can, claims }) => {
    const cannot = claims.map((claim, index) => `${index + 1}. ${claim.cannot}`).join('<br>');
    const files = claims.map(
      ({ tests }, index) => `${index + 1}. ${[...new Set(tests.map(([file]) => `\`${file}\``))].join(', ')}`,
    );
    return `| **${who}** | ${can} | ${cannot} | ${files.join('<br>')} |`;
  });
  return [
    '| who attacks | what they can do | what they cannot do | where that is tried |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
