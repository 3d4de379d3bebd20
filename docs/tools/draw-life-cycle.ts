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
const canvas = { width: 860, height: 470 };

const places: Record<string, Place> = {
  stopped: { x: 90, y: 255 },
  parked: { x: 240, y: 115 },
  opening: { x: 430, y: 255 },
  waiting: { x: 620, y: 115 },
  connected: { x: 770, y: 255 },
  closing: { x: 430, y: 410 },
};

/** Where a straight line would cross a box: the points that the curve bends to. */
const bends: Record<string, [Place, ...Place[]]> = {
  'connected stopped': [
    { x: 770, y: -60 },
    { x: 90, y: -60 },
  ],
  'parked closing': [{ x: 275, y: 300 }],
  'waiting closing': [{ x: 585, y: 300 }],
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
    `<figure class="life-cycle" tabindex="0"><svg viewBox="0 0 ${canvas.width} ${canvas.height}" role="img" aria-label="The phases of a client and what leads from one to another; the table below says it in words.">` +
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
  const bend = bends[`${from} ${to}`] ?? [];
  const [start, end] = [border(a, bend[0] ?? b), border(b, bend.at(-1) ?? a)];
  const curve = ['L', 'Q', 'C'][bend.length];
  const points = [...bend, end].map(({ x, y }) => `${x} ${y}`).join(' ');
  return `<path ${tips} d="M${start.x} ${start.y}${curve}${points}"/>`;
}

/** Where the line from the middle of a box towards a point leaves the box; whole pixels, with room for the tip. */
function border(box: Place, towards: Place): Place {
  const [dx, dy] = [towards.x - box.x, towards.y - box.y];
  const part = Math.min(size.width / 2 / Math.abs(dx || 1), size.height / 2 / Math.abs(dy || 1));
  return { x: Math.round(box.x + dx * part), y: Math.round(box.y + dy * part) };
}
