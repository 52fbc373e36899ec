'use strict';
/* The page: what is open, selected and found; clicks, keys and links. */
const page = (() => {
  const find = id => document.getElementById(id);
  const data = JSON.parse(find('data').textContent), items = data.items;
  const parents = items.map(() => 0);
  items.forEach((item, number) => { for (const child of item.children || []) parents[child] = number; });
  const known = new Map(), MOST_REVEALED = 40;
  const panes = [...document.querySelectorAll('.pane')], names = panes.map(pane => pane.dataset.name);
  const state = {open: new Set(data.open), selected: 0, wanted: '', hits: new Set(), before: null};
  const main = find('picture'), tree = find('tree'), search = find('search');
  const details = find('details'), about = find('about');

  // The tree of items.

  const opens = number => Boolean(items[number].children) && items[number].kind === 'part';
  const numbers = items.map((_, number) => number), parts = numbers.filter(opens);

  /** The parts around an item, the innermost first. */
  function around(number) {
    const found = [];
    for (let parent = parents[number]; parent; parent = parents[parent])
      if (items[parent].kind === 'part') found.push(parent);
    return found;
  }

  /** The innermost item that each layer is shown as: of a later repeat the repeated item, which shows the first. */
  const owners = data.layers.map(() => 0);
  items.forEach((item, number) => {
    for (const [first, last] of item.layers || []) owners.fill(number, first, last + 1);
  });
  const layerOwners = new Map(data.layers.map(([name], layer) => [name, owners[layer]]).reverse());

  const isShown = number => around(number).every(part => state.open.has(part));
  const reveal = number => { for (const part of around(number)) state.open.add(part); };
  const shownItem = number => [number, ...around(number)].find(isShown) || 0;

  // What is seen.

  function show() {
    const scenes = (data.roots || [0]).map(root => sceneOf(data, state.open, known, root));
    panes.forEach((pane, place) => {
      const scene = scenes[place] || scenes[0], side = data.roots ? 0 : place;
      pane.innerHTML = drawingOf(data, scene, side, `${pane.dataset.name}; the tree of parts has the same as text`);
    });
    tree.replaceChildren(...texts.treeOf(data, names, state.open));
    state.selected = shownItem(state.selected);
    showSelection();
  }

  function showSelection() {
    for (const group of main.querySelectorAll('.item')) {
      group.classList.toggle('selected', Number(group.dataset.item) === state.selected);
      group.classList.toggle('hit', state.hits.has(Number(group.dataset.item)));
    }
    const lines = [...tree.querySelectorAll('[data-item]')];
    for (const line of lines) {
      line.setAttribute('aria-selected', Number(line.dataset.item) === state.selected);
      line.tabIndex = -1;
    }
    (lineOf(state.selected) || lines[0]).tabIndex = 0;
    showDetails(state.selected);
  }

  /** The details of an item; of the network what is written in the page. */
  function showDetails(number) {
    about.hidden = number > 0;
    details.hidden = !number;
    const wanted = number === state.selected ? state.wanted : '';
    details.replaceChildren(...(number ? texts.detailsOf(data, items[number], wanted) : []));
  }

  const boxOf = number => main.querySelector(`.item[data-item="${number}"]`);
  const lineOf = number => tree.querySelector(`[data-item="${number}"]`);

  /** Moves the selection, and the keyboard to its line in the tree. */
  function select(number, {scroll = true, focus = true, wanted = ''} = {}) {
    Object.assign(state, {selected: number, wanted});
    showSelection();
    const line = lineOf(number);
    if (focus && line) line.focus({preventScroll: true});
    if (line) scrollInto(tree.parentElement, line);
    const row = details.querySelector('[aria-current]');
    if (row) scrollInto(details.parentElement, row);
    if (scroll && boxOf(number)) boxOf(number).scrollIntoView({block: 'nearest', inline: 'nearest'});
    history.replaceState(null, '', number ? `#${encodeURIComponent(linkOf(number))}` : location.pathname);
  }

  /** Scrolls a panel alone, and not the page. */
  function scrollInto(panel, line) {
    const [outer, inner] = [panel.getBoundingClientRect(), line.getBoundingClientRect()];
    if (inner.top < outer.top) panel.scrollTop -= outer.top - inner.top;
    if (inner.bottom > outer.bottom) panel.scrollTop += inner.bottom - outer.bottom;
  }

  function toggle(number) {
    if (!opens(number)) return;
    if (!state.open.delete(number)) state.open.add(number);
    show();
    select(number);
  }

  /** Opens the parts of one level more, or folds those of the deepest level that is open. */
  function changeLevel(step) {
    const levels = [...state.open].map(number => around(number).length);
    const level = Math.max(-1, ...levels) + step;
    state.open = new Set(parts.filter(number => around(number).length <= level));
    show();
  }

  function fit() {
    find('fit').setAttribute('aria-pressed', main.classList.toggle('fit'));
  }

  // Links: the name of a layer or part; the number of the part where others have the name too.

  function linkTarget(link) {
    const [, name, place] = link.match(/^(.*?)(?:~(\d+))?$/s);
    if (place) return numbers.filter(number => items[number].name === name)[place - 1] || 0;
    return layerOwners.get(link) || Math.max(0, items.findLastIndex(item => item.name === link));
  }

  function linkOf(number) {
    const name = items[number].name;
    if (linkTarget(name) === number) return name;
    return `${name}~${items.slice(0, number + 1).filter(item => item.name === name).length}`;
  }

  function followLink() {
    let link = location.hash.slice(1);
    try { link = decodeURIComponent(link); } catch { return; } // a hash that is no link of this page
    const number = link ? linkTarget(link) : 0;
    if (!number) return;
    reveal(number);
    show();
    select(number, {wanted: link});
    boxOf(number).scrollIntoView({block: 'center', inline: 'center'});
  }

  // Search: from what was open before, and anew at each key.

  /** The items whose name has the words, and those that layers are shown as whose name or op has them. */
  function matches(words) {
    const has = text => text.toLowerCase().includes(words), ops = data.ops.map(has);
    const isNamed = item => item.name !== undefined && !item.children && has(item.name);
    const named = numbers.filter(number => isNamed(items[number]));
    const ofLayers = owners.filter((_, layer) => has(data.layers[layer][0]) || ops[data.layers[layer][1]]);
    return new Set([...named, ...ofLayers]);
  }

  function found() {
    const words = search.value.trim().toLowerCase();
    state.before = state.before || state.open;
    state.open = new Set(state.before);
    state.hits = words ? matches(words) : new Set();
    if (state.hits.size <= MOST_REVEALED) state.hits.forEach(reveal);
    if (!words) state.before = null;
    find('found').textContent = words ? `${state.hits.size} found` : '';
    show();
    const [first] = state.hits;
    if (first && boxOf(first)) boxOf(first).scrollIntoView({block: 'center', inline: 'center'});
  }

  function endSearch() {
    search.value = '';
    found();
    (lineOf(state.selected) || tree.querySelector('[data-item]')).focus({preventScroll: true});
  }

  /** The next of what was found, from the selection on. */
  function nextHit() {
    const hits = [...state.hits].sort((one, other) => one - other);
    const next = hits.find(number => number > state.selected) || hits[0];
    if (!next) return;
    reveal(next);
    show();
    select(next, {focus: false});
  }

  // Differences of two networks.

  const differs = number => Boolean(items[number].mark) && items[number].mark !== 'inside';
  const outermost = numbers.filter(number => differs(number) && !around(number).some(differs));

  /** The next or the last outermost item that is added, removed, changed, moved or rewired. */
  function nextDifference(step) {
    if (!outermost.length) return;
    const next = outermost.find(number => number > state.selected) || outermost[0];
    const last = outermost.findLast(number => number < state.selected) || outermost[outermost.length - 1];
    const number = step > 0 ? next : last;
    reveal(number);
    show();
    select(number);
    boxOf(number).scrollIntoView({block: 'center', inline: 'center'});
  }

  // Keys.

  function walk(step) {
    const lines = [...tree.querySelectorAll('[data-item]')].map(line => Number(line.dataset.item));
    const number = lines[Math.max(0, Math.min(lines.length - 1, lines.indexOf(state.selected) + step))];
    if (number) select(number);
  }

  function goIn() {
    if (!opens(state.selected)) return;
    if (state.open.has(state.selected)) walk(1);
    else toggle(state.selected);
  }

  function goOut() {
    if (opens(state.selected) && state.open.has(state.selected)) toggle(state.selected);
    else if (around(state.selected).length) select(around(state.selected)[0]);
  }

  const end = () => walk(items.length);
  const home = () => walk(-items.length);
  const anywhere = {
    '/': () => search.focus(), f: fit, '[': () => changeLevel(-1), ']': () => changeLevel(1),
    j: () => walk(1), k: () => walk(-1), n: () => nextDifference(1), p: () => nextDifference(-1),
  };
  const inTree = {
    ArrowDown: () => walk(1), ArrowUp: () => walk(-1), ArrowRight: goIn, ArrowLeft: goOut, Home: home, End: end,
    Enter: () => toggle(state.selected), ' ': () => toggle(state.selected),
  };
  const inSearch = {Escape: endSearch, Enter: nextHit};

  /** A picture or a panel that has the keyboard scrolls by arrows, and a button is pressed by Enter. */
  function keyFunction(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
    if (event.target === search) return inSearch[event.key];
    const walks = event.target === document.body || tree.contains(event.target);
    return (walks && inTree[event.key]) || anywhere[event.key];
  }

  document.addEventListener('keydown', event => {
    const run = keyFunction(event);
    if (!run) return;
    event.preventDefault();
    run();
  });

  // Clicks.

  const itemAt = event => Number((event.target.closest('[data-item]') || {dataset: {item: 0}}).dataset.item);

  /** A closed part opens; an open one folds where its bar is clicked. */
  function clicked(event, foldsAnywhere) {
    const number = itemAt(event);
    if (!number || !getSelection().isCollapsed) return;
    const inBar = foldsAnywhere || event.target.closest('.bar, .outline');
    if (opens(number) && (!state.open.has(number) || inBar)) toggle(number);
    else select(number, {scroll: false});
  }

  main.addEventListener('click', event => clicked(event, false));
  tree.addEventListener('click', event => clicked(event, true));
  main.addEventListener('mouseover', event => showDetails(itemAt(event) || state.selected));
  main.addEventListener('mouseleave', () => showDetails(state.selected));
  tree.addEventListener('focusin', event => {
    const number = itemAt(event);
    if (number && number !== state.selected) select(number, {scroll: false});
  });
  find('fit').addEventListener('click', fit);
  find('less').addEventListener('click', () => changeLevel(-1));
  find('more').addEventListener('click', () => changeLevel(1));
  if (data.sides) {
    find('next').addEventListener('click', () => nextDifference(1));
    find('previous').addEventListener('click', () => nextDifference(-1));
  }
  search.addEventListener('input', found);
  addEventListener('hashchange', followLink);

  document.body.classList.remove('static');
  if (data.sides || data.roots || matchMedia('(max-width: 900px)').matches) fit();
  show();
  followLink();
  return {data, state, linkOf};
})();
