/**
 * @typedef {object} Bar
 * @property {string} name
 * @property {number} value
 * @property {number} [low] where its whisker begins
 * @property {number} [high] and ends
 */

/** @typedef {{ title: string, unit: string, bars: Bar[] }} Panel */

/** @typedef {{ name: string, points: [number, number][] }} Line */

const WIDTH = 860;
const LEFT = 170;
const RIGHT = 110;
const ROW = 26;
const HEAD = 44;

/** Both schemes are in the picture, with a ground of its own: a page need not know of it. */
const STYLE = `<style>
  svg { --ground: #ffffff; --text: #1f2733; --quiet: #5b6675; --line: #d5dae1; --bar: #9aa7b8; --ours: #b86a00; --other: #2f6fb5 }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #12171f; --text: #e6eaf0; --quiet: #9aa6b6; --line: #2e3846; --bar: #65748a; --ours: #f0a63c; --other: #6fb1f2 }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--text) }
  .title { font-weight: 600; font-size: 14px }
  .quiet { fill: var(--quiet) }
  .axis { stroke: var(--line) }
  .whisker { stroke: var(--text) }
</style>`;

/**
 * Horizontal bars, with whiskers from the first quartile to the third; the first bar of each panel is
 * ours.
 *
 * @param {string} title what the picture shows, for those who don't see it
 * @param {Panel[]} panels
 * @returns {string} an SVG
 */
export function barChart(title, panels) {
  let y = 0;
  const drawn = panels.map((panel) => {
    const at = y;
    y += HEAD + panel.bars.length * ROW;
    return drawnPanel(panel, at);
  });
  return picture(title, y + 12, drawn.join("\n"));
}

/**
 * @param {Panel} panel
 * @param {number} top
 */
function drawnPanel({ title, unit, bars }, top) {
  const most = Math.max(...bars.flatMap(({ value, high = value }) => [value, high]));
  const x = (/** @type {number} */ value) => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  const rows = bars.map(({ name, value, low, high }, index) => {
    const y = top + HEAD + index * ROW;
    const middle = y + 9;
    const end = x(Math.max(value, high ?? value));
    const whisker =
      low !== undefined && high !== undefined
        ? `<path class="whisker" d="M${px(x(low))} ${middle}H${px(x(high))}M${px(x(low))} ${middle - 4}v8M${px(x(high))} ${middle - 4}v8"/>`
        : "";
    return `<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${name}</text>
<rect x="${LEFT}" y="${y}" width="${px(x(value) - LEFT)}" height="18" rx="2" fill="var(--${index === 0 ? "ours" : "bar"})"/>
${whisker}<text class="quiet" x="${px(end + 8)}" y="${y + 14}">${rounded(value)} ${unit}</text>`;
  });
  return `<text class="title" x="16" y="${top + 28}">${title}</text>\n${rows.join("\n")}`;
}

/**
 * Lines from 0 upwards.
 *
 * @param {string} title
 * @param {{ x: string, y: string }} axes what they measure
 * @param {Line[]} lines three at most
 * @param {{ x: number, text: string }} [mark] what is the matter from there on
 * @returns {string} an SVG
 */
export function lineChart(title, axes, lines, mark) {
  const [top, bottom, left, right] = [60, 300, 70, WIDTH - 30];
  const points = lines.flatMap((line) => line.points);
  const mostX = Math.max(...points.map(([x]) => x));
  const mostY = Math.max(...points.map(([, y]) => y)) * 1.15;
  const x = (/** @type {number} */ value) => px(left + (value / mostX) * (right - left));
  const y = (/** @type {number} */ value) => px(bottom - (value / mostY) * (bottom - top));
  const colours = ["ours", "other", "bar"];
  const drawn = lines.map(({ name, points }, index) => {
    const path = points.map(([px, py]) => `${x(px)} ${y(py)}`).join("L");
    const [, last] = points[points.length - 1];
    return `<path d="M${path}" fill="none" stroke="var(--${colours[index]})" stroke-width="2"/>
<text x="${right}" y="${y(last) - 8}" text-anchor="end">${name}</text>`;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const [atX, atY] = [mostX * share, mostY * share];
    return `<path class="axis" d="M${left} ${y(atY)}H${right}"/>
<text class="quiet" x="${left - 8}" y="${y(atY) + 4}" text-anchor="end">${rounded(atY)}</text>
<text class="quiet" x="${x(atX)}" y="${bottom + 20}" text-anchor="middle">${atX.toLocaleString("en")}</text>`;
  });
  const marked =
    mark &&
    `<path class="axis" d="M${x(mark.x)} ${top}V${bottom}"/>
<text class="quiet" x="${x(mark.x) + 8}" y="${top + 14}">${mark.text}</text>`;
  const labels = `<text class="title" x="16" y="28">${title}</text>
<text class="quiet" x="16" y="48">${axes.y}</text>
<text class="quiet" x="${right}" y="${bottom + 42}" text-anchor="end">${axes.x}</text>`;
  return picture(title, bottom + 56, [labels, ...ticks, marked, ...drawn].join("\n"));
}

/**
 * @param {string} title
 * @param {number} height
 * @param {string} content
 */
function picture(title, height, content) {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
${STYLE}
<rect width="${WIDTH}" height="${height}" rx="6" fill="var(--ground)"/>
${content}
</svg>
`;
}

/** @param {number} place */
function px(place) {
  return Math.round(place * 10) / 10;
}

/**
 * @param {number} value
 * @returns {string} with three digits that count
 */
export function rounded(value) {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString("en", { maximumFractionDigits: Math.min(digits, 3) });
}
