'use strict';
/* drawingOf(data, scene, side, label): the SVG of a scene as text.

side: of two networks, 0 is the left and 1 the right.
label: what a screen reader says of it.

Closed boxes are drawn by archc/pictures/svg.py, and are in the data as they are; frames and lines follow it. */
const drawingOf = (() => {
  const MARGIN = 10, HEAD = 18, STACKED = 6, SIDE = 8, BASELINE = 13, SIGN = 12, ARROW = 5, RING = 2, HATCH = 7;
  const ESCAPES = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};
  const escaped = text => String(text).replace(/[&<>"']/g, character => ESCAPES[character]);
  const line = (text, look, x, anchor = 'start') =>
    `<text class="${look}" x="${x}" y="${BASELINE}" text-anchor="${anchor}">${escaped(text)}</text>`;
  const rectangle = (look, offset, width, height, corner, more = '') =>
    `<rect class="${look}" x="${offset}" y="${offset}" width="${width}" height="${height}" rx="${corner}"${more}/>`;

  /** The room of a box without the repeats that stand behind it. */
  function front(item, box) {
    const behind = item.times > 1 ? STACKED : 0;
    return [box.width - behind, box.height - behind];
  }

  /** The border of what differs; what differs inside has none. */
  function markBorder(item, width, height, corner) {
    if (!item.mark || item.mark === 'inside') return '';
    const dashes = item.mark === 'removed' ? ' stroke-dasharray="5 3"' : '';
    return rectangle(`d d-${item.mark}`, 0, width, height, corner, ` fill="none"${dashes}`);
  }

  /** The frame of an open part, with its name and a sign to fold it in the bar. */
  function frame(data, item, box) {
    const [width, height] = front(item, box), [name, nameWidth, , badgeWidth, ...abouts] = item.title;
    const right = badgeWidth + SIGN, used = SIDE + nameWidth + 6, parts = [], edge = HEAD - 5;
    const look = (item.times > 1 ? '' : ' fill-opacity=".6"') + (item.shared ? ' stroke-dasharray="4 2"' : '');
    if (item.times > 1) parts.push(rectangle('part x', STACKED, width, height, 5));
    parts.push(rectangle('part x', 0, width, height, 5, look));
    parts.push(`<path class="bar" fill-opacity=".18" d="M0 ${HEAD}v-${edge}q0-5 5-5h${width - 10}q5 0 5 5v${edge}z"/>`);
    parts.push(line(name, 't b', SIDE), `<path class="e" d="M${width - 13} ${HEAD / 2}h7"/>`);
    if (item.times > 1) parts.push(line(`×${item.times}`, 't b', width - SIDE - SIGN, 'end'));
    const about = abouts.find(([, aboutWidth]) => used + aboutWidth + 4 <= width - SIDE - right);
    if (about) parts.push(line(about[0], 't m', used));
    parts.push(markBorder(item, width, height, 5), rectangle('outline', 0, width, HEAD, 5));
    if (item.badges !== undefined) parts.push(data.cards[item.badges]);
    return parts.join('');
  }

  /** The place of a box that this network does not have. */
  function gap(width, height) {
    const strokes = [];
    for (let end = HATCH; end < width + height; end += HATCH) {
      const left = Math.max(0, end - height), right = Math.min(end, width);
      strokes.push(`M${left} ${end - left}L${right} ${end - right}`);
    }
    return `<path class="k" d="${strokes.join('')}"/>${rectangle('g', 0, width, height, 4)}`;
  }

  /** A box: closed, open, or a gap where this network has nothing; around it what shows that it is selected. */
  function boxGroup(data, box, side) {
    const item = data.items[box.item], card = item.cards[side], [width, height] = front(item, box);
    const drawn = card === null ? gap(width, height)
      : box.open ? frame(data, item, box) : data.cards[card];
    const ring = box.open && card !== null ? '' : rectangle('outline', -RING, width + 2 * RING, height + 2 * RING, 6);
    return `<g class="item" data-item="${box.item}" transform="translate(${box.x} ${box.y})">${ring}${drawn}</g>`;
  }

  /** The boxes of one network: of what it does not have, the outermost alone. */
  function boxesOf(data, scene, side) {
    const inAbsent = new Set();
    return scene.boxes.filter(({item: number}) => {
      const item = data.items[number], absent = item.cards[side] === null;
      if (absent || inAbsent.has(number)) for (const child of item.children || []) markAll(data, child, inAbsent);
      return !inAbsent.has(number);
    });
  }

  /** Adds an item, and those in a lane, which has no box of its own. */
  function markAll(data, number, found) {
    found.add(number);
    const {kind, children} = data.items[number];
    if (kind === 'lane') for (const child of children) markAll(data, child, found);
  }

  /** The lines that one network has. */
  function linesOf(data, scene, side) {
    if (!data.sides) return scene.lines;
    const isHere = net => data.sides[net] & (1 << side);
    const found = scene.lines.map(one => ({...one, nets: one.nets.filter(isHere).map(net => data.tensors[net])}));
    return found.filter(one => one.nets.length);
  }

  /** Pieces of lines by the coordinate that all their points share: [start, end, nets]. */
  function byCoordinate(lines, shared, start, end) {
    const found = new Map();
    for (const one of lines) {
      const low = Math.min(one[start], one[end]), high = Math.max(one[start], one[end]);
      if (low === high) continue;
      if (!found.has(one[shared])) found.set(one[shared], []);
      found.get(one[shared]).push([low, high, one.nets]);
    }
    return found;
  }

  /** The ends of pieces that are inside a crossing piece which carries one of their tensors. */
  function* endsInside(pieces, crossing) {
    for (const [at, ends] of pieces) for (const [low, high, nets] of ends) for (const end of [low, high]) {
      const carries = ([from, to, carried]) => from < at && at < to && carried.some(net => nets.includes(net));
      if ((crossing.get(end) || []).some(carries)) yield [at, end];
    }
  }

  /** Where a tensor goes two ways, or tensors meet before a merge; not where lines cross. */
  function junctions(lines) {
    const flat = byCoordinate(lines.filter(one => one.y1 === one.y2), 'y1', 'x1', 'x2');
    const steep = byCoordinate(lines.filter(one => one.x1 === one.x2), 'x1', 'y1', 'y2');
    const found = new Set();
    for (const [x, y] of endsInside(steep, flat)) found.add(`${x} ${y}`);
    for (const [y, x] of endsInside(flat, steep)) found.add(`${x} ${y}`);
    return [...found].map(point => point.split(' ').map(Number));
  }

  /** All lines as one path, and the arrows and dots as another. */
  function linePaths(lines) {
    const paths = lines.map(({x1, y1, x2, y2, arrow}) =>
      x1 === x2 ? `M${x1} ${y1}V${y2 - (arrow ? ARROW : 0)}` : `M${x1} ${y1}H${x2}`);
    const arrows = lines.filter(one => one.arrow).map(({x2, y2}) => `M${x2} ${y2}l-3.5-7h7z`);
    const dots = junctions(lines).map(([x, y]) => `M${x - 2} ${y}a2 2 0 1 0 4 0a2 2 0 1 0-4 0`);
    return `<path class="e" d="${paths.join('')}"/><path class="a" d="${dots.concat(arrows).join('')}"/>`;
  }

  return function drawingOf(data, scene, side, label) {
    const boxes = boxesOf(data, scene, side), group = box => boxGroup(data, box, side);
    const width = scene.width + 2 * MARGIN, height = scene.height + 2 * MARGIN;
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"`
      + ` width="${width}" height="${height}" role="img" aria-label="${escaped(label)}">`
      + `<g transform="translate(${MARGIN} ${MARGIN})">${boxes.filter(box => box.open).map(group).join('')}`
      + `${linePaths(linesOf(data, scene, side))}${boxes.filter(box => !box.open).map(group).join('')}</g></svg>`;
  };
})();
