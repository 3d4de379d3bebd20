/**
 * The life of a client as a picture: docs/transitions.md holds it as Mermaid text, made from the table in the code. Drawn
 * here, and not by Mermaid in the reader's browser: that is half a megabyte for six boxes.
 *
 * A new phase needs a place in `places`; until it has one, the documentation does not build.
 */
interface Place {
  x: number;
  y: number;
}

const size = { width: 132, height: 44 };
const canvas = { width: 860, height: 430 };

const places: Record<string, Place> = {
  stopped: { x: 90, y: 215 },
  parked: { x: 240, y: 70 },
  opening: { x: 430, y: 215 },
  waiting: { x: 620, y: 70 },
  connected: { x: 770, y: 215 },
  closing: { x: 430, y: 370 },
};

/** Where a straight line would cross a box: the point that the curve bends to. */
const bends: Record<string, Place> = {
  'connected stopped': { x: 430, y: -155 },
  'parked closing': { x: 275, y: 260 },
  'waiting closing': { x: 585, y: 260 },
};

interface Edge {
  from: string;
  to: string;
  /** There is one back, too. */
  both: boolean;
}

export function edgesOf(mermaid: string): Edge[] {
  const pairs = [...mermaid.matchAll(/^ *(\w+) --> (\w+)$/gm)].map(([, from = '', to = '']) => [from, to] as const);
  const isThere = (from: string, to: string): boolean => pairs.some(([a, b]) => a === from && b === to);
  return pairs
    .filter(
      ([from, to], index) =>
        from === to || pairs.findIndex(([a, b]) => a === to && b === from) < index || !isThere(to, from),
    )
    .map(([from, to]) => ({ from, to, both: from !== to && isThere(to, from) }));
}

export function drawLifeCycle(mermaid: string): string {
  const edges = edgesOf(mermaid);
  const phases = [...new Set(edges.flatMap(({ from, to }) => [from, to]))];
  const boxes = phases.map((name) => {
    const { x, y } = placeOf(name);
    return `<rect x="${x - size.width / 2}" y="${y - size.height / 2}" width="${size.width}" height="${size.height}" rx="8"/><text x="${x}" y="${y}">${name}</text>`;
  });
  return (
    `<figure class="life-cycle"><svg viewBox="0 0 ${canvas.width} ${canvas.height}" role="img" aria-label="The phases of a client and what leads from one to another; the table below says it in words.">` +
    `<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker></defs>` +
    `${edges.map(drawEdge).join('')}${boxes.join('')}</svg></figure>`
  );
}

function placeOf(name: string): Place {
  const place = places[name];
  if (!place) throw new Error(`docs/tools/draw-life-cycle.ts has no place for the phase '${name}'.`);
  return place;
}

function drawEdge({ from, to, both }: Edge): string {
  const tips = `marker-end="url(#tip)"${both ? ' marker-start="url(#tip)"' : ''}`;
  const [a, b] = [placeOf(from), placeOf(to)];
  if (from === to) {
    const [x, y] = [a.x, a.y + size.height / 2];
    return `<path ${tips} d="M${x + 24} ${y}C${x + 44} ${y + 50} ${x - 44} ${y + 50} ${x - 24} ${y}"/>`;
  }
  const bend = bends[`${from} ${to}`];
  const [start, end] = [border(a, bend ?? b), border(b, bend ?? a)];
  const line = bend ? `Q${bend.x} ${bend.y} ${end.x} ${end.y}` : `L${end.x} ${end.y}`;
  return `<path ${tips} d="M${start.x} ${start.y}${line}"/>`;
}

/** Where the line from the middle of a box towards a point leaves the box; whole pixels, with room for the tip. */
function border(box: Place, towards: Place): Place {
  const [dx, dy] = [towards.x - box.x, towards.y - box.y];
  const part = Math.min(size.width / 2 / Math.abs(dx || 1), size.height / 2 / Math.abs(dy || 1));
  return { x: Math.round(box.x + dx * part), y: Math.round(box.y + dy * part) };
}
