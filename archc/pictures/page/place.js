'use strict';
/* place(plan, boxes, leastWidth): the places of the boxes and lines of one item.

The same as `place` of archc/pictures/place.py, to the last integer: what changes here changes there, step by step
(columns.py, ports.py, tracks.py, place.py). All places are integers, all divisions round down, all sorts are stable.

plan: the order of the boxes of an item, made by `order` of archc/pictures/order.py.
  rows: [[entry, ...], ...] from the top; in a row from the left. An entry is the number of a child, or -1 - net where a
    tensor passes the row. The first row has the tensors that enter, the last those that leave.
  links: [[[net, top, bottom], ...], ...] the lines below each row but the last, as entries of the two rows.
  straight: [{bottom: [top, net], ...}, ...] below each row but the last: the lines that are straight.
  spine: [[row, entry], ...] what stands on the axis.
  joins: [child, ...] the children that take their tensors as one bar.
boxes: [{width, height, outputs: {net: x}, inputs: {net: x}, front}, ...] the size of each child, and where tensors leave
  and enter it, from its left edge. A box without inputs is closed: tensors enter where there is room. `front` is the
  width that lines may enter, if it is not the whole width, else 0.
leastWidth: of the item; what is narrower stands in its middle.

Returns {width, height, corners: [[x, y], ...] of the children, inputs: {net: x}, outputs: {net: x}, lines:
  [{nets: [net, ...], segments: [[x1, y1, x2, y2, arrow], ...]}, ...]}; `arrow`: the segment ends in one. */
const place = (() => {
  const LANE = 2, BETWEEN_BOXES = 22, BESIDE_LANE = 12, DRIFT = 40, ROUNDS = 24, SETTLING_SWEEPS = 8, FAR = 2 ** 40;
  const STEP = 14, LEAST_STEP = 6, CORNER = 12, ASIDE = [0, 4, -4, 8, -8, 12, -12];
  const CLEAR = 3, BESIDE_TRACK = 8, PASSES = 16;
  const CHANNEL = 20, STRAIGHT_CHANNEL = 14, EMPTY_EDGE = 6, BELOW_TITLE = 6, TRACK = 8, FIRST_TRACK = 6;

  const half = value => Math.floor(value / 2);
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  const least = values => values.reduce((a, b) => Math.min(a, b));
  const most = values => values.reduce((a, b) => Math.max(a, b));

  /** The first index of a sorted list whose value is not `before`. */
  function firstIndex(sorted, before) {
    let low = 0, high = sorted.length;
    while (low < high) {
      const middle = half(low + high);
      if (before(sorted[middle])) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** By the first places of lists where they differ. */
  function inOrder(one, other) {
    const place = one.findIndex((value, index) => value !== other[index]);
    return place < 0 ? 0 : one[place] - other[place];
  }

  /** The list at a key of a map, which is added if it is not there. */
  function listAt(map, key) {
    if (!map.has(key)) map.set(key, []);
    return map.get(key);
  }

  // Sizes and ports of the entries of rows: boxes and lines that pass.

  function sizesOf(boxes) {
    const fixed = boxes.map(box => Object.keys(box.inputs || {}).length > 0);
    const front = entry => entry < 0 ? LANE : boxes[entry].front || boxes[entry].width;
    return {
      front,
      width: entry => entry < 0 ? LANE : boxes[entry].width,
      height: entry => entry < 0 ? 0 : boxes[entry].height,
      fixed: entry => fixed[entry],
      enters: (entry, net) => entry >= 0 && fixed[entry] ? boxes[entry].inputs[net] : half(front(entry)),
      leaves: (entry, net) => entry < 0 ? half(LANE) : boxes[entry].outputs[net],
    };
  }

  // Columns: entries that stand on one line, each column with its axis at 0.

  function columnsOf(plan, sizes) {
    const at = [], entries = [];
    for (const row of plan.rows) {
      at.push(new Map(row.map((entry, place) => [entry, entries.length + place])));
      for (const entry of row) entries.push(entry);
    }
    const stems = entries.map(entry => half(sizes.front(entry)));
    plan.links.forEach((links, row) => {
      for (const [net, top] of links.slice().reverse()) stems[at[row].get(top)] = sizes.leaves(top, net);
      for (const [top, net] of Object.values(plan.straight[row])) stems[at[row].get(top)] = sizes.leaves(top, net);
    });
    const column = entries.map(() => -1), offset = entries.map(() => 0), members = [];
    const spine = new Map(plan.spine);
    let axis = -1;

    function merge(merged, shift) {
      for (const place of members[merged]) {
        column[place] = axis;
        offset[place] += shift;
        members[axis].push(place);
      }
      members[merged] = [];
    }

    function add(row, entry, above, onAxis) {
      const place = at[row].get(entry), stem = stems[place];
      let into = -1, aside = -stem, enters = 0, line = 0;
      if (above !== undefined) {
        const [top, net] = above, upper = at[row - 1].get(top);
        enters = sizes.enters(entry, net);
        line = offset[upper] + sizes.leaves(top, net);
        if (entry < 0 || (Math.abs(line) <= DRIFT && Math.abs(line - enters + stem) <= DRIFT)) {
          into = column[upper];
          aside = line - enters;
        }
      }
      if (onAxis && axis >= 0 && into !== axis) {
        if (into >= 0 && Math.abs(enters - stem) <= DRIFT) merge(into, enters - stem - line);
        into = axis;
        aside = -stem;
      }
      if (into < 0) {
        into = members.length;
        members.push([]);
      }
      if (onAxis && axis < 0) axis = into;
      column[place] = into;
      offset[place] = aside;
      members[into].push(place);
    }

    plan.rows.forEach((row, number) => {
      for (const entry of row) add(number, entry, number ? plan.straight[number - 1][entry] : undefined, spine.get(number) === entry);
    });
    return {at, column, offset, axis, count: members.length};
  }

  /** What columns do to one another: least distances to the left and right, and what pulls them where. */
  function forcesOf(plan, sizes, columns) {
    const {at, column, offset, count} = columns;
    const lists = () => Array.from({length: count}, () => []), maps = () => Array.from({length: count}, () => new Map());
    const distances = maps(), pulls = maps();
    plan.rows.forEach((row, number) => {
      for (let place = 0; place + 1 < row.length; place++) {
        const one = row[place], other = row[place + 1], a = at[number].get(one), b = at[number].get(other);
        const between = one >= 0 && other >= 0 ? BETWEEN_BOXES : BESIDE_LANE;
        const distance = offset[a] + sizes.width(one) + between - offset[b], known = distances[column[a]];
        known.set(column[b], known.has(column[b]) ? Math.max(distance, known.get(column[b])) : distance);
      }
    });
    function pull(pulled, towards, weight, moment) {
      const [weights, moments] = pulls[pulled].get(towards) || [0, 0];
      pulls[pulled].set(towards, [weights + weight, moments + moment]);
    }
    plan.links.forEach((links, row) => {
      for (const [net, top, bottom] of links) {
        const a = at[row].get(top), b = at[row + 1].get(bottom);
        if (column[a] === column[b]) continue;
        const aside = offset[b] + sizes.enters(bottom, net) - offset[a] - sizes.leaves(top, net);
        const weight = 1 + (top < 0) + (bottom < 0);
        pull(column[a], column[b], weight, weight * aside);
        pull(column[b], column[a], weight, -weight * aside);
      }
    });
    const left = lists(), right = distances.map(known => [...known]);
    right.forEach((known, one) => { for (const [other, distance] of known) left[other].push([one, distance]); });
    const waits = left.map(known => known.length), ordered = [];
    waits.forEach((missing, one) => { if (!missing) ordered.push(one); });
    for (const one of ordered) for (const [other] of right[one]) if (!--waits[other]) ordered.push(other);
    return {ordered, left, right, pulls: pulls.map(known => [...known].map(([other, force]) => [other, ...force]))};
  }

  /** Where a column would stand if it were alone: the weighted mean of what it is connected with. */
  function wanted(forces, xs, column) {
    let weights = 0, moments = 0;
    for (const [other, weight, moment] of forces.pulls[column]) {
      weights += weight;
      moments += weight * xs[other] + moment;
    }
    return weights ? Math.floor(moments / weights) : xs[column];
  }

  /** How far left and right of the axis each column may stand. */
  function boundsOf(forces, axis) {
    const lows = forces.ordered.map(() => -FAR), highs = forces.ordered.map(() => FAR);
    if (axis >= 0) lows[axis] = highs[axis] = 0;
    for (const column of forces.ordered) for (const [other, distance] of forces.right[column])
      lows[other] = Math.max(lows[other], lows[column] + distance);
    for (const column of forces.ordered.slice().reverse()) for (const [other, distance] of forces.left[column])
      highs[other] = Math.min(highs[other], highs[column] - distance);
    return lows.map((low, column) => [low, highs[column]]);
  }

  /** Places that keep the least distances, near those that are wanted: half way between all to the right and all to the left. */
  function between(forces, wants, bounds, axis) {
    const right = wants.slice(), left = wants.slice();
    for (const column of forces.ordered) for (const [other, distance] of forces.left[column])
      right[column] = Math.max(right[column], right[other] + distance);
    for (const column of forces.ordered.slice().reverse()) for (const [other, distance] of forces.right[column])
      left[column] = Math.min(left[column], left[other] - distance);
    return bounds.map(([low, high], column) =>
      half(clamp(right[column], low + axis, high + axis) + clamp(left[column], low + axis, high + axis)));
  }

  /** The place of each column: the axis goes to the middle of what it is connected with, and has precedence. */
  function settle(forces, axis) {
    const bounds = boundsOf(forces, axis), leftwards = forces.ordered.slice().reverse();
    let xs = between(forces, forces.ordered.map(() => 0), bounds, 0);
    for (let round = 0; round < ROUNDS; round++) {
      const wants = xs.map((x, column) => half(x + wanted(forces, xs, column)));
      const settled = between(forces, wants, bounds, axis >= 0 ? wanted(forces, xs, axis) : 0);
      if (settled.every((x, column) => x === xs[column])) break;
      xs = settled;
    }
    for (let sweep = 0; sweep < SETTLING_SWEEPS; sweep++) {
      let moved = false;
      for (const column of sweep % 2 ? forces.ordered : leftwards) {
        let low = -FAR, high = FAR;
        for (const [other, distance] of forces.left[column]) low = Math.max(low, xs[other] + distance);
        for (const [other, distance] of forces.right[column]) high = Math.min(high, xs[other] - distance);
        const want = clamp(wanted(forces, xs, column), low, high);
        if (want !== xs[column] && column !== axis) {
          xs[column] = want;
          moved = true;
        }
      }
      if (!moved) break;
    }
    return xs;
  }

  // Ports: where lines enter boxes, and which of them are one wire between two rows.

  /** Of the places between two, the nearest to their middle; their middle if there is none. */
  function nearest(xs, low, high) {
    const middle = half(low + high), inside = xs.filter(x => low <= x && x <= high);
    if (!inside.length) return middle;
    return inside.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b)[0];
  }

  /** Places between `low` and `high`, in order and apart, near those that are wanted. */
  function spread(wants, low, high) {
    if (wants.length === 1) return [low <= wants[0] && wants[0] <= high ? wants[0] : half(low + high)];
    const step = Math.min(STEP, Math.floor((high - low) / (wants.length - 1)));
    const places = wants.map(x => clamp(x, low, high)), last = places.length - 1;
    for (let place = 1; place <= last; place++) places[place] = Math.max(places[place], places[place - 1] + step);
    places[last] = Math.min(places[last], high);
    for (let place = last - 1; place >= 0; place--) places[place] = Math.min(places[place], places[place + 1] - step);
    return places;
  }

  /** Moves ports that stand right below where another tensor comes down, where there is room. */
  function aside(places, groups, starts, tops, low, high) {
    return groups.map((group, place) => {
      const own = new Set(group.map(net => starts.get(net)));
      const before = place ? places[place - 1] : low - STEP;
      const after = place + 1 < places.length ? places[place + 1] : high + STEP;
      for (const distance of ASIDE) {
        const x = places[place] + distance;
        const fits = !distance || (low <= x && x <= high && before + LEAST_STEP <= x && x <= after - LEAST_STEP);
        if (fits && (own.has(x) || !near(x, tops, own))) {
          places[place] = x;
          break;
        }
      }
      return [places[place], group];
    });
  }

  /** Whether something else comes down near a place. */
  function near(x, tops, own) {
    for (let place = firstIndex(tops, top => top <= x - CLEAR); place < tops.length && tops[place] < x + CLEAR; place++)
      if (!own.has(tops[place])) return true;
    return false;
  }

  /** Where tensors enter an entry, each alone or several as one bar: [place, nets]. */
  function entrances(bottom, nets, pure, starts, tops, left, sizes) {
    if (bottom < 0) return [[left + half(LANE), nets]];
    if (sizes.fixed(bottom)) return nets.map(net => [left + sizes.enters(bottom, net), [net]]);
    const right = left + sizes.front(bottom), corner = Math.min(CORNER, Math.floor((right - left) / 4));
    const joined = new Set(pure.length > 1 ? pure : []);
    let alone = nets.filter(net => !joined.has(net));
    if ((alone.length + (joined.size ? 1 : 0) - 1) * LEAST_STEP > right - left - 2 * corner) alone = [];
    const groups = alone.map(net => [starts.get(net), [net]]);
    if (alone.length < nets.length) {
      const bar = alone.length ? nets.filter(net => joined.has(net)) : nets;
      groups.push([nearest(bar.map(net => starts.get(net)), left + corner, right - corner), bar]);
    }
    groups.sort((one, other) => one[0] - other[0] || inOrder(one[1], other[1]));
    const places = spread(groups.map(([x]) => x), left + corner, right - corner);
    return aside(places, groups.map(([, group]) => group), starts, tops, left + half(CORNER), right - half(CORNER));
  }

  /** The wires between two rows: tops [place, net] and bottoms [place, entry]. */
  function wiresOf(links, upper, lower, sizes, joins) {
    const starts = new Map(), uses = new Map(), taken = new Map();
    for (const [net, top] of links) starts.set(net, upper.get(top) + sizes.leaves(top, net));
    for (const [net, , bottom] of links) {
      uses.set(starts.get(net), (uses.get(starts.get(net)) || 0) + 1);
      listAt(taken, bottom).push(net);
    }
    const tops = [...new Set(starts.values())].sort((a, b) => a - b);
    const found = [], ends = new Map([...starts.keys()].map(net => [net, []]));
    for (const [bottom, nets] of taken) {
      const pure = joins.has(bottom) ? nets.filter(net => uses.get(starts.get(net)) === 1) : [];
      for (const [x, group] of entrances(bottom, nets, pure, starts, tops, lower.get(bottom), sizes)) {
        if (group.length === 1) ends.get(group[0]).push([x, bottom]);
        else found.push({tops: group.map(net => [starts.get(net), net]).sort(inOrder), bottoms: [[x, bottom]]});
      }
    }
    for (const [net, bottoms] of ends)
      if (bottoms.length) found.push({tops: [[starts.get(net), net]], bottoms: bottoms.sort(inOrder)});
    return found;
  }

  // Tracks: the horizontal pieces between two rows.

  /** Of the wires to the right, the rightmost is the highest; of those to the left, the leftmost; forks are below. */
  function direction(bent) {
    if (bent.low === bent.tops[0]) return [0, -bent.low];
    if (bent.high === bent.tops[bent.tops.length - 1]) return [1, bent.high];
    return [2, bent.low];
  }

  /** The crossings if one track is above the other. */
  function cost(upper, lower) {
    if (upper.high < lower.low || lower.high < upper.low) return 0;
    return upper.bottoms.filter(x => lower.low <= x && x <= lower.high).length
      + lower.tops.filter(x => upper.low <= x && x <= upper.high).length;
  }

  /** Tracks that are neighbours change places while that saves crossings. */
  function untangle(bent) {
    for (let pass = 0; pass < PASSES; pass++) {
      let moved = false;
      for (let place = 0; place + 1 < bent.length; place++) {
        const upper = bent[place], lower = bent[place + 1];
        if (cost(lower, upper) < cost(upper, lower)) {
          bent[place] = lower;
          bent[place + 1] = upper;
          moved = true;
        }
      }
      if (!moved) break;
    }
  }

  /** For each wire, those that must be above it: they come down near where it goes down. */
  function aboveEach(bent) {
    const tops = bent.flatMap((one, index) => one.tops.map(x => [x, index])).sort(inOrder);
    return bent.map((one, index) => {
      const above = [];
      for (const bottom of one.bottoms) {
        let place = firstIndex(tops, ([x]) => x < bottom - CLEAR + 1);
        for (; place < tops.length && tops[place][0] < bottom + CLEAR; place++) {
          const [x, other] = tops[place];
          if (other !== index && !one.tops.includes(x)) above.push(other);
        }
      }
      return above;
    });
  }

  /** The wires from the top: [index, whether it is the upper part of a wire that is split, because there is a circle]. */
  function downwards(above) {
    const OPEN = 1, DONE = 2, state = above.map(() => 0), split = new Set(), found = [];
    above.forEach((_, first) => {
      const pending = state[first] ? [] : [first];
      while (pending.length) {
        const index = pending[pending.length - 1], waits = above[index];
        state[index] = OPEN;
        while (waits.length && (state[waits[waits.length - 1]] === DONE || split.has(waits[waits.length - 1]))) waits.pop();
        const next = waits[waits.length - 1];
        if (next === undefined) {
          state[index] = DONE;
          pending.pop();
          found.push([index, false]);
        } else if (state[next] === OPEN) {
          split.add(next);
          found.push([next, true]);
        } else pending.push(next);
      }
    });
    return found;
  }

  /** A free place for a vertical piece; it is added to those that are used. */
  function freeColumn(nearTo, used, width) {
    for (const clear of [CLEAR, 1]) {
      for (let distance = 1; distance <= width; distance++) {
        for (const x of [nearTo + distance, nearTo - distance]) {
          const place = firstIndex(used, other => other <= x - clear);
          if (0 <= x && x <= width && (place === used.length || used[place] >= x + clear)) {
            used.splice(place, 0, x);
            return x;
          }
        }
      }
    }
    used.push(Math.max(used[used.length - 1], width) + CLEAR);
    return used[used.length - 1];
  }

  /** The lowest track that is taken at each place: a function that lays one more. */
  function skyline() {
    const starts = [-FAR], levels = [-1];
    return (low, high) => {
      low -= BESIDE_TRACK;
      high += BESIDE_TRACK + 1;
      const first = firstIndex(starts, start => start <= low) - 1, end = firstIndex(starts, start => start < high);
      const level = most(levels.slice(first, end)) + 1, after = levels[end - 1];
      starts.splice(first, end - first, starts[first], low, high);
      levels.splice(first, end - first, levels[first], level, after);
      return level;
    };
  }

  /** Gives each wire its track: {nets, tops, bottoms, level, low, high, joint}. */
  function routesOf(wires, width) {
    const found = [], bent = [];
    for (const wire of wires) {
      const nets = wire.tops.map(([, net]) => net), tops = wire.tops.map(([x]) => x), bottoms = wire.bottoms.map(([x]) => x);
      const low = least(tops.concat(bottoms)), high = most(tops.concat(bottoms));
      if (low === high) found.push({...wire, nets, level: -1, low, high});
      else bent.push({wire, nets, tops, bottoms, low, high});
    }
    bent.sort((one, other) => inOrder(direction(one), direction(other)));
    untangle(bent);
    const used = wires.flatMap(wire => wire.tops.concat(wire.bottoms).map(([x]) => x)).sort((a, b) => a - b);
    const lay = skyline(), joints = new Map();
    for (const [index, isUpper] of downwards(aboveEach(bent))) {
      const {wire, nets, tops, bottoms, low, high} = bent[index];
      if (isUpper) {
        const column = freeColumn(tops[0], used, width), left = least([...tops, column]), right = most([...tops, column]);
        const level = lay(left, right);
        joints.set(index, [column, level]);
        found.push({nets, tops: wire.tops, bottoms: [], level, low: left, high: right});
      } else if (joints.has(index)) {
        const joint = joints.get(index), left = least([...bottoms, joint[0]]), right = most([...bottoms, joint[0]]);
        found.push({nets, tops: [], bottoms: wire.bottoms, level: lay(left, right), low: left, high: right, joint});
      } else found.push({...wire, nets, level: lay(low, high), low, high});
    }
    return found;
  }

  // From the top.

  /** The upper edge of each row. */
  function topsOf(heights, channels) {
    const tops = [0];
    channels.forEach((channel, row) => {
      const tracks = 1 + most([-1].concat(channel.map(route => route.level)));
      let height = tracks ? CHANNEL + (tracks - 1) * TRACK : STRAIGHT_CHANNEL;
      if (!channel.length && (row === 0 || row === channels.length - 1)) height = EMPTY_EDGE;
      if (row === 0 && channels.length > 1) height += BELOW_TITLE;
      tops.push(tops[row] + heights[row] + height);
    });
    return tops;
  }

  /** The pieces between a row and the next. */
  function linesOf(links, channel, below, nextTop, corners, sizes) {
    const sources = new Map(links.map(([net, top]) => [net, top])), found = [];
    const start = net => sources.get(net) < 0 ? below : corners[sources.get(net)][1] + sizes.height(sources.get(net));
    const end = entry => entry < 0 ? nextTop : corners[entry][1];
    const track = level => below + FIRST_TRACK + level * TRACK;
    for (const {nets, tops, bottoms, level, low, high, joint} of channel) {
      if (level < 0) {
        const [x, entry] = bottoms[0];
        found.push({nets, segments: [[x, start(nets[0]), x, end(entry), entry >= 0]]});
        continue;
      }
      const y = track(level), segments = [];
      for (const [x, net] of tops) {
        const down = [x, start(net), x, y, false];
        if (nets.length > 1) found.push({nets: [net], segments: [down]});
        else segments.push(down);
      }
      if (joint) segments.push([joint[0], track(joint[1]), joint[0], y, false]);
      if (low < high) segments.push([low, y, high, y, false]);
      for (const [x, entry] of bottoms) segments.push([x, y, x, end(entry), entry >= 0]);
      found.push({nets, segments});
    }
    return found;
  }

  /** Where each tensor of a row of ports is. */
  const portsOf = row => Object.fromEntries([...row].map(([entry, x]) => [-1 - entry, x + half(LANE)]));

  return function place(plan, boxes, leastWidth = 0) {
    const sizes = sizesOf(boxes), joins = new Set(plan.joins), columns = columnsOf(plan, sizes);
    const xs = settle(forcesOf(plan, sizes, columns), columns.axis);
    let left = FAR, right = -FAR;
    const rows = columns.at.map(row => new Map([...row].map(([entry, place]) => {
      const x = xs[columns.column[place]] + columns.offset[place];
      left = Math.min(left, x);
      right = Math.max(right, x + sizes.width(entry));
      return [entry, x];
    })));
    if (left === FAR) left = right = 0;
    const width = Math.max(right - left, leastWidth), shift = half(width - (right - left)) - left;
    for (const row of rows) for (const [entry, x] of row) row.set(entry, x + shift);
    const channels = plan.links.map((links, row) => routesOf(wiresOf(links, rows[row], rows[row + 1], sizes, joins), width));
    const heights = plan.rows.map(row => most([0].concat(row.map(sizes.height)))), tops = topsOf(heights, channels);
    const corners = boxes.map(() => null);
    rows.forEach((row, number) => { for (const [entry, x] of row)
      if (entry >= 0) corners[entry] = [x, tops[number] + half(heights[number] - sizes.height(entry))]; });
    const lines = channels.flatMap((channel, row) =>
      linesOf(plan.links[row], channel, tops[row] + heights[row], tops[row + 1], corners, sizes));
    rows.forEach((row, number) => { for (const [entry, x] of row) if (entry < 0 && heights[number]) {
      const middle = x + half(LANE);
      lines.push({nets: [-1 - entry], segments: [[middle, tops[number], middle, tops[number] + heights[number], false]]});
    } });
    return {width, height: tops[tops.length - 1] + heights[heights.length - 1], corners,
      inputs: portsOf(rows[0]), outputs: portsOf(rows[rows.length - 1]), lines};
  };
})();
