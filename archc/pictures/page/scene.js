'use strict';
/* sceneOf(data, open, known, root): the picture of what is in an item, 0 for all, in absolute coordinates.

The same as `Drawing.scene` of archc/pictures/picture.py, to the last integer.

data: the document of archc/pictures/page/data.py.
open: the set of the parts that are open, where those around them are.
known: a map that keeps the places inside parts from one call to the next; a part in which nothing was opened or closed
  is not laid out again.

Returns {width, height, boxes: [{item, x, y, width, height, open}, ...], lines: [{nets, x1, y1, x2, y2, arrow}, ...]},
  a frame before what is inside it. */
const sceneOf = (() => {
  const HEAD = 18, PAD = 14, STACKED = 6, PORT_GAP = 14;
  const half = value => Math.floor(value / 2);
  const behind = item => item.times > 1 ? STACKED : 0;

  const isOpen = (item, number, open) => item.children && (item.kind !== 'part' || open.has(number));

  /** The items of the picture, each after the one around it. */
  function shownItems(items, open, root) {
    const shown = [], pending = [root];
    while (pending.length) {
      const number = pending.pop(), item = items[number];
      shown.push(number);
      if (isOpen(item, number, open)) pending.push(...item.children.slice().reverse());
    }
    return shown;
  }

  /** A closed box: tensors leave it in the middle; of several, each has a place of its own. */
  function closedBox(item) {
    const front = item.width - behind(item), count = 1 + Math.max(-1, ...item.outputs.map(([, port]) => port));
    const first = half(front) - half(PORT_GAP) * (count - 1);
    const outputs = new Map(item.outputs.map(([net, port]) => [net, first + PORT_GAP * port]));
    return {width: item.width, height: item.height, front, inputs: new Map(), outputs, key: 0};
  }

  /** What the layout of the item around knows of a child: ports by the numbers that the item has for its tensors. */
  function boxIn(child, locals) {
    const ports = offsets => {
      const found = {};
      for (const [net, offset] of offsets) if (locals.has(net)) found[locals.get(net)] = offset;
      return found;
    };
    const {width, height, front, inputs, outputs} = child;
    return {width, height, front, inputs: ports(inputs), outputs: ports(outputs)};
  }

  /** An open item, with the places of what is inside. */
  function openBox(data, item, children) {
    const framed = item.kind === 'part', locals = new Map(item.nets.map((net, number) => [net, number]));
    const boxes = children.map(child => boxIn(child, locals));
    const inside = place(data.plans[item.plan], boxes, framed ? item.title[2] : 0);
    const left = framed ? PAD : 0, top = framed ? HEAD : 0, back = framed ? behind(item) : 0;
    const ports = offsets => new Map(Object.entries(offsets).map(([number, x]) => [item.nets[number], x + left]));
    const front = inside.width + 2 * left;
    return {width: front + back, height: inside.height + top + back, front, left, top, inside,
      inputs: ports(inside.inputs), outputs: ports(inside.outputs)};
  }

  /** The sizes of all items that are shown, from the inside out. */
  function measure(data, shown, open, known) {
    const measured = new Map();
    for (const number of shown.slice().reverse()) {
      const item = data.items[number];
      if (!isOpen(item, number, open)) {
        measured.set(number, closedBox(item));
        continue;
      }
      const children = item.children.map(child => measured.get(child)), key = children.map(child => child.key).join();
      let box = known.get(number);
      if (!box || box.of !== key) {
        known.made = (known.made || 0) + 1;
        box = {...openBox(data, item, children), of: key, key: known.made};
        known.set(number, box);
      }
      measured.set(number, box);
    }
    return measured;
  }

  /** Whether a line that ends at a point leads into a lane, which has no edge for an arrow. */
  const enters = (x, y, [left, top, lane]) => y === top && left <= x && x <= left + lane.width;

  /** The lines inside an item whose inside begins at a point. */
  function linesIn(data, item, box, left, top, measured) {
    const found = [], lanes = [];
    item.children.forEach((child, place) => {
      if (data.items[child].kind === 'lane') lanes.push([...box.inside.corners[place], measured.get(child)]);
    });
    for (const {nets, segments} of box.inside.lines) {
      const carried = nets.map(number => item.nets[number]);
      for (const [x1, y1, x2, y2, arrow] of segments) found.push({
        nets: carried, x1: left + x1, y1: top + y1, x2: left + x2, y2: top + y2,
        arrow: arrow && !lanes.some(lane => enters(x2, y2, lane)),
      });
    }
    return found;
  }

  return function sceneOf(data, open, known = new Map(), root = 0) {
    const shown = shownItems(data.items, open, root), measured = measure(data, shown, open, known);
    const corners = new Map([[root, [0, 0]]]), boxes = [], lines = [];
    for (const number of shown) {
      const item = data.items[number], box = measured.get(number), [x, y] = corners.get(number);
      if (item.kind !== 'network' && item.kind !== 'lane')
        boxes.push({item: number, x, y, width: box.width, height: box.height, open: Boolean(box.inside)});
      if (!box.inside) continue;
      const left = x + box.left, top = y + box.top;
      item.children.forEach((child, place) => {
        const [dx, dy] = box.inside.corners[place];
        corners.set(child, [left + dx, top + dy]);
      });
      for (const line of linesIn(data, item, box, left, top, measured)) lines.push(line);
    }
    return {width: measured.get(root).width, height: measured.get(root).height, boxes, lines};
  };
})();
