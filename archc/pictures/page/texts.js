'use strict';
/* What the page says in words: a tree of what is shown, and the details of one item. */
const texts = (() => {
  const SIGNS = {added: '+', removed: '−', changed: '~', moved: '>', rewired: '!', inside: '•'};
  const MOST_LAYERS = 200;

  /** An element with attributes; children are elements and texts. */
  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes))
      if (value !== undefined) made.setAttribute(attribute, value);
    made.append(...children);
    return made;
  }

  const exact = value => value === null ? '?' : value.toLocaleString('en');
  const named = item => (item.name || item.word || 'part') + (item.times > 1 ? ` ×${item.times}` : '');
  const rowsOf = (data, item) => (item.layers || []).flatMap(([first, last]) => data.layers.slice(first, last + 1));

  /** The sign of how something differs, for the eye and for a screen reader. */
  function signOf(mark) {
    if (!mark) return [];
    const told = mark === 'inside' ? 'differs inside' : mark;
    const attributes = {class: `sign sign-${mark}`, role: 'img', 'aria-label': told, title: told};
    return [element('span', attributes, SIGNS[mark]), ' '];
  }

  /** The line of an item in the tree. */
  function treeItem(data, number, level, open) {
    const item = data.items[number], fold = item.children ? (open.has(number) ? '▾' : '▸') : '';
    const kind = item.kind === 'input' || item.kind === 'output' ? `${item.kind} ` : '';
    const line = element('li', {
      role: 'treeitem', 'data-item': number, 'aria-level': level,
      'aria-expanded': item.children ? open.has(number) : undefined,
    }, element('span', {class: 'fold', 'aria-hidden': true}, fold), ...signOf(item.mark));
    line.append(element('bdi', {}, named(item)), ' ', element('small', {}, `${kind}${data.shapes[item.shape]}`));
    line.style.paddingLeft = `${4 + 14 * (level - 1)}px`;
    return line;
  }

  /** The line above one of two networks that do not correspond. */
  const networkLine = name => element('li', {role: 'treeitem', 'aria-level': 1, class: 'network'}, name);

  /** The tree of what is shown, as a list with levels; lanes have no line. */
  function treeOf(data, names, open) {
    const lines = [], roots = data.roots || [0], pending = roots.map(root => [root, 0]).reverse();
    while (pending.length) {
      const [number, level] = pending.pop(), item = data.items[number], isLine = item.name !== undefined;
      if (isLine) lines.push(treeItem(data, number, level, open));
      if (data.roots && item.kind === 'network') lines.push(networkLine(names[roots.indexOf(number)]));
      if (item.children && (item.kind !== 'part' || open.has(number)))
        pending.push(...item.children.map(child => [child, level + (isLine || item.kind === 'network')]).reverse());
    }
    return lines;
  }

  /** What is told of an item in pairs. */
  function* told(data, item) {
    const rows = rowsOf(data, item);
    if (item.word && item.word !== item.name) yield ['block', item.word];
    yield* item.told || [];
    yield ['output', data.shapes[item.shape]];
    if (item.count === undefined) return;
    yield ['parameters', exact(item.params)];
    if (item.each && item.params) yield ['in each', [...new Set(item.each)].map(exact).join(' to ')];
    yield ['MACs', exact(item.macs)];
    const field = rows.length === item.count && rows[rows.length - 1][5];
    if (field) yield ['receptive field', field];
    yield ['layers', exact(item.count)];
    if (item.shared) yield ['weights', 'shared with other calls'];
    if (item.times > 1 && item.children) yield ['inside', `the first of ${item.times} is shown`];
  }

  /** The rows of the table of facts that are about an item. */
  function factsOf(item) {
    if (!item.facts) return [];
    const table = document.getElementById('facts'), made = element('table', {}, table.tHead.cloneNode(true));
    const body = element('tbody', {}, ...item.facts.map(number => table.tBodies[0].rows[number].cloneNode(true)));
    made.append(body);
    return [element('h3', {}, 'Documented facts'), made];
  }

  /** The line of the spec that makes a layer. */
  function lineOfSpec([where, text]) {
    return element('code', {}, element('span', {class: 'place'}, where), ' ', text);
  }

  /** A layer in two rows: its figures; what it does, and where the spec says so. */
  function layerRows(data, [name, op, shape, params, , , place, mark], wanted) {
    const current = name === wanted ? 'true' : undefined;
    const title = element('td', {}, ...signOf(mark), element('bdi', {}, name)), number = params ? exact(params) : '–';
    const figures = element('tr', {'aria-current': current}, title, element('td', {}, data.shapes[shape]));
    figures.append(element('td', {class: 'number'}, number));
    const about = element('td', {colspan: 3}, element('small', {}, data.ops[op]));
    if (place >= 0) about.append(lineOfSpec(data.places[place]));
    return [figures, element('tr', {'aria-current': current, class: 'more'}, about)];
  }

  function layersOf(data, item, wanted) {
    const rows = rowsOf(data, item).slice(0, MOST_LAYERS), rest = (item.count || 0) - rows.length;
    if (!rows.length) return [];
    const titles = ['layer', 'output', 'params'].map(title => element('th', {scope: 'col'}, title));
    const head = element('thead', {}, element('tr', {}, ...titles));
    const body = element('tbody', {}, ...rows.flatMap(row => layerRows(data, row, wanted)));
    const more = rest ? [element('p', {}, `and ${exact(rest)} more`)] : [];
    return [element('h3', {}, 'Layers'), element('table', {class: 'layers'}, head, body), ...more];
  }

  /** The details of an item; `wanted` is the layer that a link leads to. */
  function detailsOf(data, item, wanted) {
    const title = element('h2', {}, ...signOf(item.mark), element('bdi', {}, named(item)));
    const pairs = [...told(data, item)].flatMap(([term, text]) => [element('dt', {}, term), element('dd', {}, text)]);
    return [title, element('dl', {}, ...pairs), ...factsOf(item), ...layersOf(data, item, wanted)];
  }

  return {treeOf, detailsOf};
})();
