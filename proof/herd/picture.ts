import { histogram } from './figures.ts';
import { count } from './words.ts';

/** What comes to a server in each second: ours, and what SignalR’s default does. */
export interface Panel {
  title: string;
  /** Of the time axis. */
  axis: string;
  /** ms */
  from: number;
  to: number;
  ours: readonly number[];
  theirs: readonly number[];
  /** When nothing listens. */
  down?: { from: number; to: number };
}

const width = 720;
const plot = { left: 64, width: 640, height: 150 };
const panelHeight = 244;
const legendHeight = 28;
// Each reads on white and on black; the two differ in light as well as in hue.
const colors = { ours: '#2f81f7', theirs: '#e8710a' };

/** One line of HTML: text takes the page’s colour, so it reads in light and in dark. */
export function drawPicture(panels: readonly Panel[]): string {
  const height = legendHeight + panels.length * panelHeight;
  return (
    `<figure tabindex="0" style="margin:1.5rem 0;overflow-x:auto">` +
    `<svg viewBox="0 0 ${width} ${height}" role="img" font-family="inherit" font-size="13" fill="currentColor" style="min-width:560px" aria-label="Requests in each second; the tables below say it in figures.">` +
    legend() +
    panels.map((panel, index) => drawPanel(panel, legendHeight + index * panelHeight)).join('') +
    `</svg></figure>`
  );
}

function legend(): string {
  const entry = (x: number, color: string, name: string): string =>
    `<rect x="${x}" y="6" width="14" height="12" fill="${color}" fill-opacity="0.5" stroke="${color}"/><text x="${x + 20}" y="17">${name}</text>`;
  return entry(plot.left, colors.ours, 'hub-sdk') + entry(plot.left + 100, colors.theirs, 'SignalR’s default');
}

function drawPanel({ title, axis, from, to, ours, theirs, down }: Panel, top: number): string {
  const bins = { ours: histogram(ours, from, to, 1000), theirs: histogram(theirs, from, to, 1000) };
  const y = scale(Math.max(...bins.ours, ...bins.theirs));
  const base = top + 40 + plot.height;
  const xOf = (ms: number): number => round(plot.left + ((ms - from) / (to - from)) * plot.width);
  const yOf = (value: number): number => round(base - (value / y.top) * plot.height);
  const area = (values: readonly number[], color: string): string => {
    // A line up or down where a second differs from the one before.
    const steps = values.map((value, index) =>
      value === (values[index - 1] ?? 0) ? '' : `H${xOf(from + index * 1000)}V${yOf(value)}`,
    );
    return `<path d="M${xOf(from)} ${base}${steps.join('')}H${xOf(to)}V${base}" fill="${color}" fill-opacity="0.3" stroke="${color}" stroke-width="1.5"/>`;
  };
  const gap = down
    ? `<rect x="${xOf(down.from)}" y="${top + 40}" width="${round(xOf(down.to) - xOf(down.from))}" height="${plot.height}" fill-opacity="0.1"/>` +
      `<text x="${xOf(down.to) - 4}" y="${top + 54}" text-anchor="end" font-size="12">hub is down</text>`
    : '';
  const lines = y.ticks
    .map(
      (value) =>
        `<path d="M${plot.left} ${yOf(value)}h${plot.width}" stroke="currentColor" stroke-opacity="0.15"/>` +
        `<text x="${plot.left - 8}" y="${yOf(value) + 4}" text-anchor="end" font-size="12">${count(value)}</text>`,
    )
    .join('');
  const every = to - from > 60_000 ? 10_000 : 5_000;
  const times = Array.from({ length: Math.floor((to - from) / every) + 1 }, (_, index) => from + index * every)
    .map(
      (ms) =>
        `<path d="M${xOf(ms)} ${base}v5" stroke="currentColor"/><text x="${xOf(ms)}" y="${base + 19}" text-anchor="middle" font-size="12">${`${ms / 1000}`.replace('-', '−')}</text>`,
    )
    .join('');
  return (
    `<text x="0" y="${top + 14}" font-weight="600">${title}</text><text x="0" y="${top + 30}" font-size="12">requests per second (1/s)</text>` +
    `${gap}${lines}${area(bins.theirs, colors.theirs)}${area(bins.ours, colors.ours)}` +
    `<path d="M${plot.left} ${base}h${plot.width}" stroke="currentColor"/>${times}` +
    `<text x="${plot.left + plot.width / 2}" y="${base + 36}" text-anchor="middle" font-size="12">${axis}</text>`
  );
}

function scale(most: number): { top: number; ticks: number[] } {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  const step = [0.2, 0.5, 1, 2].map((part) => part * power).find((each) => most / each <= 5) ?? 2 * power;
  const top = Math.ceil(most / step) * step;
  return { top, ticks: Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step) };
}

const round = (figure: number): number => Math.round(figure * 10) / 10;
