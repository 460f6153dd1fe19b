// The cluster's page. One state, filled by the server-sent events of the API (or by asking, where these do not get through); draw() makes
// the page of it, and morph() changes of the document only what differs, so that the focus stays where it is. Texts get into the document
// as texts only. An action shows its plan before it can be confirmed; the key for it is kept in sessionStorage.

const state = {
  cluster: null, groups: null, moves: null, map: null, store: null, visitor: null,
  terms: new Map(), shards: new Map(), heard: new Map(), lag: [], problem: null, withoutPrimary: 0, newProblems: [], problems: [],
  link: { is: 'wait', text: 'connecting' }, selected: null, rover: 0, key: sessionStorage.getItem('key') ?? '',
  asked: JSON.parse(sessionStorage.getItem('asked') ?? '[]'),
};
const lagPoints = 120;
const hues = 8;
const $ = id => document.getElementById(id);

// ---- The document

function el(name, attributes, ...children) {
  const isSvg = ['svg', 'rect', 'path', 'line'].includes(name);
  const node = isSvg ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat(9).filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

// Children with a data-key stay the same element while they are there, wherever they stand; others go by their place.
function morph(old, fresh) {
  const nodes = [...fresh.childNodes];
  const keys = new Set(nodes.map(keyOf));
  for (const child of [...old.children]) if (keyOf(child) && !keys.has(keyOf(child))) child.remove();
  nodes.forEach((node, i) => {
    const key = keyOf(node);
    let was = old.childNodes[i];
    if (key && was && keyOf(was) !== key) {
      const moved = [...old.children].find(child => keyOf(child) === key);
      old.insertBefore(moved ?? node, was);
      was = moved ?? node;
    }
    if (!was) old.append(node);
    else if (was.nodeName !== node.nodeName || keyOf(was) !== key) was.replaceWith(node);
    else if (was !== node) update(was, node);
  });
  while (old.childNodes.length > nodes.length) old.lastChild.remove();
}

function update(was, node) {
  if (node.nodeType === Node.TEXT_NODE) {
    if (was.data !== node.data) was.data = node.data;
    return;
  }
  for (const { name } of [...was.attributes]) if (!node.hasAttribute(name) && name !== 'open') was.removeAttribute(name);
  for (const { name, value } of [...node.attributes]) if (was.getAttribute(name) !== value) was.setAttribute(name, value);
  morph(was, node);
}

const keyOf = node => node.dataset?.key;
const show = (id, ...children) => morph($(id), el('div', null, ...children));
const say = text => { $('say').textContent = text; };
const dim = (...text) => el('span', { class: 'dim' }, ...text);
const unseen = text => el('span', { class: 'unseen' }, text);
const pill = (is, text) => el('span', { class: 'pill', 'data-is': is }, text);
const button = (what, text, args, attributes) =>
  el('button', { type: 'button', 'data-do': what, 'data-args': args && JSON.stringify(args), ...attributes }, text);
const facts = (...pairs) => el('dl', null, pairs.filter(Boolean).map(([name, value]) =>
  el('div', null, el('dt', null, name), el('dd', null, value ?? '–'))));

// ---- Values as people read them

const known = value => value !== null && value !== undefined;
const count = value => known(value) ? value.toLocaleString('en') : '–';
const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
function bytes(value) {
  if (!known(value)) return '–';
  const unit = value < 1 ? 0 : Math.min(4, Math.floor(Math.log2(value) / 10));
  const text = (value / 1024 ** unit).toLocaleString('en', { maximumSignificantDigits: unit ? 3 : 9 });
  return `${text} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][unit]}`;
}
function span(ms) {
  if (!known(ms)) return '–';
  if (ms < 1000) return `${ms.toLocaleString('en', { maximumSignificantDigits: ms < 100 ? 2 : 3 })} ms`;
  const s = ms / 1000;
  return s < 100 ? `${s.toLocaleString('en', { maximumSignificantDigits: 3 })} s`
    : s < 5400 ? `${Math.round(s / 60)} min` : `${(s / 3600).toLocaleString('en', { maximumSignificantDigits: 3 })} h`;
}
function time(at) {
  if (!at) return dim('at an unknown time');
  const [date, now] = [new Date(at), new Date()];
  const clock = date.toLocaleTimeString('en-GB');
  return el('time', { datetime: at, title: at },
    date.toDateString() === now.toDateString() ? clock : `${date.toLocaleDateString('sv')} ${clock}`);
}

// Groups keep their hue when others join: in the order in which this browser has met them.
function hueOf(gid) {
  if (!gid) return {};
  const name = `hues ${state.cluster?.cluster_id ?? ''}`;
  const met = state.hues ??= JSON.parse(localStorage.getItem(name) ?? '[]');
  for (const one of [...(state.groups?.groups ?? []).map(group => group.gid), gid]) {
    if (!met.includes(one)) {
      met.push(one);
      if (state.cluster) localStorage.setItem(name, JSON.stringify(met));
    }
  }
  const at = met.indexOf(gid);
  return { 'data-hue': at % hues, 'data-hatch': at % (2 * hues) >= hues };
}
const groupName = gid => gid ? el('span', { class: 'group', ...hueOf(gid) }, gid) : dim('nobody');
const fromTo = move => [groupName(move.source_gid), ' → ', groupName(move.target_gid)];

// ---- What is drawn

function draw() {
  drawHead();
  drawAsked();
  if (!state.cluster) return;
  drawGlance();
  drawMasters();
  drawMap();
  drawShard();
  drawGroups();
  drawMoves();
  drawTakeovers();
  drawStore();
}

function drawHead() {
  const c = state.cluster;
  document.title = `${c ? `${c.cluster_id} · ` : ''}OrleansShards`;
  if (c) show('where', 'cluster ', el('b', null, c.cluster_id), ', asked through silo ', el('b', null, c.silo));
  $('link').dataset.is = state.link.is;
  show('link', state.link.text);
  const v = state.visitor;
  const name = !v || v.name === 'loopback' ? null : v.role ? `${v.name} · ${v.role}` : v.keys ? 'Key…' : null;
  $('visitor').hidden = !name && !state.key;
  show('visitor', name ?? 'Key…');
  // Everything below is from before.
  const away = ['gone', 'starting'].includes(state.link.is);
  document.body.classList.toggle('stale', away);
  show('trouble', [
    away && el('p', { class: 'banner', 'data-is': state.link.is === 'gone' ? 'bad' : 'warn' }, state.link.long),
    !away && state.withoutPrimary > 1 && el('p', { class: 'banner', 'data-is': 'bad' },
      `Nobody leads${state.problem ? `: ${state.problem}` : ''}. Keys are served all the same; moves and takeovers wait.`),
    !away && state.problems.map(problem =>
      el('p', { class: 'banner', 'data-is': 'warn' }, el('b', null, problem.part), `: ${problem.text}`)),
  ]);
}

function drawAsked() {
  show('asked', state.asked.map(one => {
    const move = one.is === 'running' && state.moves?.running.find(move => move.shard === one.args.shard);
    return el('p', { class: 'banner', 'data-is': { done: 'ok', failed: 'bad', unknown: 'warn' }[one.is] ?? 'wait', 'data-key': one.id },
      el('b', null, one.title), ' ', el('span', null, one.text),
      move && progress(move),
      button('dismiss', '×', { id: one.id }, { class: 'plain', 'aria-label': `Dismiss: ${one.title}` }));
  }));
}

function drawGlance() {
  const { cluster: c, moves, store } = state;
  const shadow = c.masters.find(master => master.role === 'shadow');
  const shards = [...state.shards.values()];
  const sum = name => shards.some(shard => known(shard[name])) ? shards.reduce((all, shard) => all + (shard[name] ?? 0), 0) : null;
  const running = moves?.running.length ?? 0;
  const tile = (name, value, more, is) => el('div', { class: 'tile', 'data-is': is },
    el('span', { class: 'dim' }, name), el('b', null, value), el('small', { class: 'dim' }, more));
  show('glance',
    tile('Primary', c.primary ?? 'nobody', c.primary ? `term ${c.term}` : 'no master leads', c.primary ? null : 'bad'),
    tile('Shadow', shadow?.name ?? 'none',
      shadow && known(shadow.lag_entries) ? `${plural(shadow.lag_entries, 'entry', 'entries')} behind` : '', shadow ? null : 'warn'),
    tile('Failover now', c.failover?.possible ? span(c.failover.takes_ms) : 'not possible',
      c.failover?.possible ? 'after a silence' : '', c.failover && !c.failover.possible ? 'warn' : null),
    tile('Shards', count(c.shards), running ? `${running} to move` : 'none moves'),
    tile('Keys', count(sum('keys')), bytes(sum('bytes'))),
    tile('Requests', known(sum('requests_per_second')) ? `${count(Math.round(sum('requests_per_second')))}/s` : '–', 'all shards'),
    tile('Store', store ? store.ok ? 'works' : 'in trouble' : '–', store?.ok ? `read in ${span(store.read_ms)}` : store?.trouble,
      store && !store.ok ? 'bad' : null));
}

function drawMasters() {
  const c = state.cluster;
  show('masters', c.masters.map(master => el('div', { class: 'master', 'data-is': master.role },
    el('h3', null, master.name, ' ', pill(master.role === 'primary' ? 'main' : 'plain', master.role)),
    facts(['Silo', master.silo], ['Term', count(master.term)], ['Log index', count(master.log_index)],
      ['Heard', known(master.last_heartbeat_ms) ? `${span(master.last_heartbeat_ms)} ago` : null]))));
  const shadow = c.masters.find(master => master.role === 'shadow');
  show('lag', shadow && [el('p', null, `Lag of ${shadow.name}: `, el('b', null, known(shadow.lag_ms) ? span(shadow.lag_ms) : 'not known'),
    known(shadow.lag_entries) && dim(` · ${plural(shadow.lag_entries, 'entry', 'entries')} · ${bytes(shadow.lag_bytes)}`)), lagChart()]);
  const f = c.failover;
  show('failover', f && [
    el('p', null, f.possible ? ['A failover right now takes ', el('b', null, span(f.takes_ms)), ' after a silence',
      known(f.requested_ms) && [', ', el('b', null, span(f.requested_ms)), ' on request'], '.']
      : pill('warn', 'a failover is not possible now')),
    el('p', { class: 'dim' }, `${f.why}.`)]);
}

function lagChart() {
  const worst = Math.max(...state.lag.map(point => point ?? 0), 0);
  const top = Math.max(worst, 10);
  const x = i => (lagPoints - state.lag.length + i) * 100 / (lagPoints - 1);
  const y = value => 30 - 28 * value / top;
  let line = '';
  let area = '';
  state.lag.forEach((value, i) => {
    if (!known(value)) return;
    line += `${line && known(state.lag[i - 1]) ? 'L' : 'M'}${x(i).toFixed(2)} ${y(value).toFixed(2)}`;
    area += `M${x(i - 0.5).toFixed(2)} 30V${y(value).toFixed(2)}H${x(i + 0.5).toFixed(2)}V30Z`;
  });
  return el('figure', null,
    el('svg', {
      viewBox: '0 0 100 32', preserveAspectRatio: 'none', role: 'img',
      'aria-label': `The shadow's lag over the last two minutes, at most ${span(worst)}`,
    }, el('line', { x1: 0, x2: 100, y1: 30, y2: 30 }), el('path', { class: 'area', d: area || 'M0 0' }),
    el('path', { d: line || 'M0 0' })),
    el('figcaption', { class: 'dim' }, el('span', null, '2 min ago'), el('span', null, `at most ${span(worst)}`), el('span', null, 'now')));
}

function drawMap() {
  const { map, cluster: c } = state;
  if (!map) return;
  show('epoch', `epoch ${count(map.epoch)}`);
  const owned = new Map();
  for (const gid of Object.values(map.shards)) owned.set(gid, (owned.get(gid) ?? 0) + 1);
  show('legend', [...owned].sort().map(([gid, n]) => el('span', null, groupName(gid), dim(` ${n}`))));
  const focus = state.selected ?? state.rover;
  $('map').dataset.many = c.shards > 64;
  show('map', Array.from({ length: c.shards }, (_, shard) => {
    const gid = map.shards[shard];
    const target = state.moves?.running.find(move => move.shard === shard)?.target_gid;
    return el('button', {
      type: 'button', class: 'cell', 'data-do': 'shard', 'data-args': shard, 'data-key': shard, tabindex: shard === focus ? 0 : -1,
      'aria-pressed': String(shard === state.selected), 'data-moves': !!target, ...hueOf(gid),
    }, unseen('Shard '), el('b', null, shard), unseen(gid ? ', group ' : ', held by nobody '),
    el('span', null, target ? `${gid ?? '–'}→${target}` : gid ?? '–'), target && unseen(' under way'));
  }));
}

function drawShard() {
  const number = state.selected;
  if (number === null || !state.map) { show('shard'); return; }
  const shard = state.shards.get(number) ?? {};
  const gid = state.map.shards[number];
  const running = state.moves?.running.find(move => move.shard === number);
  const last = state.moves?.finished.find(move => move.shard === number);
  show('shard', el('div', { class: 'detail' },
    el('h3', null, `Shard ${number} `, groupName(gid)),
    button('close-shard', '×', null, { class: 'plain', 'aria-label': `Close shard ${number}` }),
    facts(['Silo', shard.silo], ['Epoch', count(shard.epoch)], ['Phase', shard.phase?.replaceAll('_', ' ')],
      ['Keys', count(shard.keys)], ['Bytes', bytes(shard.bytes)], ['Sessions', count(shard.sessions)],
      ['Requests', known(shard.requests_per_second) ? `${count(Math.round(shard.requests_per_second))}/s` : null]),
    !gid && el('p', null, 'Nobody holds it: a group gets it when it is used for the first time.'),
    running && el('div', { class: 'move' }, moveProgress(running)),
    last && el('p', null, 'Last move: ', fromTo(last), ' ', outcome(last), ' ', last.at && time(last.at)),
    el('div', { class: 'buttons' },
      button('migrate', 'Migrate…', { shard: number }), button('move', 'Move and pin…', { shard: number }),
      last?.undo_until && button('undo', 'Undo the last move…', { shard: number }),
      running && button('cancel', 'Cancel the move…', { shard: number }))));
}

function drawGroups() {
  const groups = state.groups?.groups ?? [];
  const most = Math.max(1, ...groups.map(group => Math.max(group.shards, group.wanted)));
  show('groups',
    groups.map(group => el('div', { class: 'row', 'data-key': group.gid },
      groupName(group.gid),
      el('span', { class: 'grow' },
        el('svg', { class: 'bar', 'aria-hidden': 'true', ...hueOf(group.gid) },
          el('rect', { class: 'wanted', width: `${100 * group.wanted / most}%`, height: '100%' }),
          el('rect', { width: `${100 * group.shards / most}%`, height: '100%' })),
        el('small', null, plural(group.shards, 'shard'), group.wanted !== group.shards && ` → ${group.wanted} wanted`, dim(
          group.member ? '' : ' · has left', group.silos.length ? ` · on ${group.silos.join(', ')}` : ' · on no silo that is up',
          known(state.heard.get(group.gid)) ? ` · heard ${span(state.heard.get(group.gid))} ago` : ''))),
      group.member ? button('leave', 'Leave…', { gids: [group.gid] }, { 'aria-label': `Let group ${group.gid} leave…` })
        : [button('join', 'Join…', { gids: [group.gid] }, { 'aria-label': `Let group ${group.gid} join…` }),
          button('forget', 'Forget…', { gids: [group.gid] }, { 'aria-label': `Forget group ${group.gid}…` })])),
    (state.groups?.announced ?? []).map(gid => el('div', { class: 'row', 'data-key': gid },
      groupName(gid), el('small', { class: 'grow dim' }, 'its silo is up; the cluster does not have it yet'),
      button('join', 'Join…', { gids: [gid] }, { 'aria-label': `Let group ${gid} join…` }))));
}

const doneOf = move => move.bytes_total > 0 ? Math.min(1, move.bytes_done / move.bytes_total) : null;
const progress = move => el('progress', { max: 1, value: doneOf(move), 'aria-label': `Shard ${move.shard}, copied` });
const moveProgress = move => [
  progress(move),
  el('small', null, pill('wait', move.phase),
    known(doneOf(move)) && ` ${Math.floor(100 * doneOf(move))} % of ${bytes(move.bytes_total)}`,
    known(move.bytes_per_second) && ` · ${bytes(move.bytes_per_second)}/s`, known(move.left_ms) && ` · ${span(move.left_ms)} left`,
    known(move.predicted_pause_ms) && ` · pause of about ${span(move.predicted_pause_ms)}`),
  move.waits_for && el('p', { class: 'waits' }, `Waits for ${move.waits_for}`)];

const outcome = move => pill(move.phase === 'committed' ? 'ok' : 'warn', move.phase);

function drawMoves() {
  const { running, finished } = state.moves ?? { running: [], finished: [] };
  show('running', running.length === 0 && el('p', { class: 'dim' }, 'No move is due or under way.'),
    running.map(move => el('div', { class: 'move', 'data-key': move.move ?? move.shard },
      el('div', { class: 'row' }, el('span', { class: 'grow' }, el('b', null, `Shard ${move.shard} `), fromTo(move)),
        button('cancel', 'Cancel…', { shard: move.shard }, { 'aria-label': `Cancel the move of shard ${move.shard}…` })),
      moveProgress(move))));
  const receipt = move => `${plural(move.keys, 'key')}, ${bytes(move.bytes)}, ${plural(move.sessions, 'session')} · ${
    known(move.pause_ms) ? `writes paused for ${span(move.pause_ms)}` : 'the pause was not measured'}${
    move.undo_of ? ` · undid move ${move.undo_of}` : ''}`;
  const row = move => el('div', { class: 'row', 'data-key': move.move },
    el('span', { class: 'grow' },
      el('span', null, el('b', null, `Shard ${move.shard} `), fromTo(move), ' ', outcome(move)),
      el('small', { class: 'dim' }, move.at && [time(move.at), ' · '], move.phase === 'committed' ? receipt(move) : move.text)),
    move.undo_until && button('undo', 'Undo…', { shard: move.shard }, {
      'aria-label': `Undo the move of shard ${move.shard}…`, title: `until ${new Date(move.undo_until).toLocaleTimeString('en-GB')}`,
    }));
  show('finished', finished.length > 0 && el('h3', null, 'Finished'), finished.slice(0, 5).map(row),
    more(finished.slice(5), row, 'moves'));
}

const more = (rows, row, what) => rows.length > 0
  && el('details', null, el('summary', null, `${rows.length} older ${what}`), rows.map(row));

const phases = [['detect_ms', 'detect'], ['catch_up_ms', 'catch up'], ['fence_ms', 'fence'], ['promote_ms', 'promote'],
  ['redirect_ms', 'redirect']];

function drawTakeovers() {
  const events = [...state.terms.values()].sort((a, b) => b.term.term - a.term.term);
  const row = event => {
    const parts = phases.map(([field, name]) => [name, event.term[field]]);
    const total = parts.reduce((all, [, ms]) => all + (ms ?? 0), 0);
    // A phase that took any time is seen, however long the others took.
    const shares = parts.map(([, ms]) => ms > 0 ? 0.02 + ms / total : 0);
    const widths = shares.map(share => 100 * share / shares.reduce((all, one) => all + one, 0));
    let at = 0;
    const changed = event.term.from !== event.term.to;
    return el('li', { 'data-key': event.term.term },
      el('div', null, time(event.at), ' ', el('b', null, changed ? `${event.term.from} → ${event.term.to}` : event.term.to), ' ',
        pill(event.term.reason === 'heartbeats_missed' ? 'warn' : 'plain', event.term.reason.replaceAll('_', ' ')),
        dim(` term ${event.term.term}`)),
      changed && [
        el('svg', { class: 'phases', role: 'img', 'aria-label': `Phases of the takeover, ${span(total)} in all` },
          widths.map((width, i) => el('rect', { x: `${(at += width) - width}%`, width: `${width}%`, height: '100%', 'data-phase': i }))),
        el('ul', { class: 'phases' }, parts.map(([name, ms], i) => el('li', { 'data-phase': i }, `${name} `, el('b', null, span(ms))))),
      ],
      el('small', { class: 'dim' }, event.text));
  };
  show('takeovers', events.length === 0 ? el('p', { class: 'dim' }, 'The first primary still leads.')
    : [el('ol', null, events.slice(0, 5).map(row)), more(events.slice(5), event => el('ol', null, row(event)), 'changes')]);
}

function drawStore() {
  const { store, cluster: c } = state;
  show('store', store && [
    facts(['Kind', store.kind], ['A read', known(store.read_ms) ? span(store.read_ms) : null],
      ['State', pill(store.ok ? 'ok' : 'bad', store.ok ? 'works' : 'in trouble')]),
    el('p', { class: 'dim path' }, store.place), store.trouble && el('p', null, store.trouble),
    el('p', { class: 'dim' }, store.last_error
      ? [`Last error (${store.last_error.requests}): ${store.last_error.text}, `, time(store.last_error.at)]
      : 'No error since this silo was started.')]);
  show('silos', c.silos.map(silo => el('div', { class: 'row', 'data-key': silo.address },
    el('span', { class: 'grow' }, el('b', null, silo.name), ' ', dim(silo.address),
      el('small', { class: 'dim' }, silo.gids.length ? ['carries ', silo.gids.join(', ')] : 'carries any group')),
    c.masters.filter(master => master.silo === silo.name).map(master => pill(master.role === 'primary' ? 'main' : 'plain',
      `${master.name} ${master.role}`)))));
}

// ---- What the cluster says

const taken = {
  cluster(c) {
    if (state.cluster && state.cluster.cluster_id !== c.cluster_id) location.reload();
    // One answer that comes late is no news: what it does not say stays, and a problem is shown when it is there twice.
    state.withoutPrimary = c.primary ? 0 : state.withoutPrimary + 1;
    if (state.withoutPrimary === 1 && state.cluster) {
      const { primary, term, masters, failover } = state.cluster;
      Object.assign(c, { primary, term, masters, failover });
    }
    state.problems = c.problems.filter(one => state.newProblems.some(other => other.part === one.part));
    state.newProblems = c.problems;
    if (c.primary && state.cluster?.primary && c.primary !== state.cluster.primary) say(`${c.primary} leads now`);
    state.cluster = c;
    state.lag.push(c.masters.find(master => master.role === 'shadow')?.lag_ms ?? null);
    state.lag.splice(0, state.lag.length - lagPoints);
    settle();
  },
  groups(view) {
    state.groups = view;
    for (const group of view.groups) if (known(group.last_heartbeat_ms)) state.heard.set(group.gid, group.last_heartbeat_ms);
  },
  moves(view) {
    const isOther = state.moves?.running.length !== view.running.length;
    state.moves = view;
    if (isOther) askOften();
  },
  map(view) { state.map = view; },
  // The masters' log keeps so few that all fit.
  history(view) { for (const event of view.events) if (event.term) state.terms.set(event.term.term, event); },
  problem(view) { state.problem = view.detail; },
};

// ---- The link to the silo: its events, or asking where they do not get through

const silentAfter = 6000;
let source = null;
let openedAt = 0;
let heardAt = performance.now();
let isAsking = false;

function connect() {
  source?.close();
  openedAt = performance.now();
  source = new EventSource('api/v1/events');
  for (const name of Object.keys(taken)) {
    source.addEventListener(name, event => {
      heardAt = performance.now();
      if (state.link.is !== 'ok') {
        if (state.link.is === 'gone') say('The silo is back');
        state.link = { is: 'ok', text: 'live' };
        askForTheRest();
      }
      taken[name](JSON.parse(event.data));
      // What comes together is drawn together.
      requestAnimationFrame(draw);
    });
  }
  source.onerror = () => {
    heardAt = 0;
    supervise();
  };
}

async function supervise() {
  if (heardAt && performance.now() - heardAt < silentAfter || isAsking) return;
  isAsking = true;
  const before = heardAt;
  const answer = await call('cluster');
  if (answer.ok) {
    taken.cluster(answer.body);
    for (const name of ['groups', 'moves', 'map', 'history']) {
      const part = await call(name);
      if (part.ok) taken[name](part.body);
      else state.problem = part.text;
    }
    // Only if no event has come meanwhile.
    if (heardAt === before) state.link = { is: 'warn', text: 'asked every few seconds' };
  } else if (answer.status) {
    const health = await call('/health/ready');
    state.link = { is: 'starting', text: 'not ready', long: `Not ready: ${health.body?.reason ?? answer.text}` };
  } else if (state.link.is !== 'gone') {
    const since = new Date().toLocaleTimeString('en-GB');
    const long = `The silo at ${location.host} has not answered since ${since}. What is below is from before.`;
    state.link = { is: 'gone', text: 'silo gone', long: `${long} This page comes back by itself.` };
  }
  isAsking = false;
  draw();
  if (performance.now() - openedAt > (state.link.is === 'warn' ? 20000 : 2000)) connect();
}

// What does not come as events: what the shards' owners say, this silo's store, who asks, and all takeovers.
async function askForTheRest() {
  await Promise.all([askOften(), call('history').then(answer => answer.ok && taken.history(answer.body)), askWho()]);
  draw();
}

async function askOften() {
  if (document.hidden || ['gone', 'starting'].includes(state.link.is)) return;
  const shards = async () => {
    for (let from = 0, all = 1; from < all; from += 256) {
      const answer = await call(`shards?from=${from}`);
      if (!answer.ok) return;
      for (const shard of answer.body.shards) state.shards.set(shard.shard, shard);
      all = state.cluster?.shards ?? 0;
    }
  };
  const groups = call('groups').then(answer => answer.ok && taken.groups(answer.body));
  await Promise.all([shards(), groups, call('store').then(answer => { if (answer.ok) state.store = answer.body; })]);
  draw();
}

async function askWho() {
  const answer = await call('visitor');
  if (answer.ok) state.visitor = answer.body;
  else if (answer.status === 401) useKey('');
}

// A request to the API: it ends in a body, or in a text for people. Status 0: the silo does not answer.
async function call(path, body, key = state.key) {
  try {
    const response = await fetch(path.startsWith('/') ? path.slice(1) : `api/v1/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { ...key && { Authorization: `Bearer ${key}` }, ...body && { 'Content-Type': 'application/json' } },
      body: body && JSON.stringify(body),
      cache: 'no-store',
      signal: AbortSignal.timeout(8000),
    });
    const answer = await response.json();
    return { ok: response.ok, status: response.status, body: answer, text: answer.detail ?? response.statusText };
  } catch {
    return { ok: false, status: 0, text: 'the silo does not answer; it is not known whether this took effect' };
  }
}

// ---- What was asked for here, until it has ended: it outlives the page

function remember() {
  state.asked.splice(5);
  sessionStorage.setItem('asked', JSON.stringify(state.asked));
}

function settle() {
  for (const one of state.asked) {
    // Its answer is still to come, to this very page.
    if (['done', 'failed'].includes(one.is) || one.id === sending) continue;
    const was = one.is;
    Object.assign(one, one.action === 'switchover' || one.action === 'failover' ? settledTerm(one)
      : one.action === 'forget' ? settledForget(one) : known(one.args.shard) ? settledMove(one) : settledGroups(one));
    if (one.is !== was) say(`${one.title}: ${one.text}`);
  }
  remember();
}

function settledTerm(one) {
  const { term, primary } = state.cluster;
  if (term > one.term) return { is: 'done', text: state.terms.get(term)?.text ?? `${primary} leads in term ${term}` };
  return quiet(one, { is: 'unknown', text: `its outcome is not known; ${primary ?? 'nobody'} leads in term ${term}` });
}

function settledMove(one) {
  const { shard } = one.args;
  const running = state.moves?.running.find(move => move.shard === shard);
  if (running) return { is: 'running', quiet: 0, text: `${running.phase}, ${running.source_gid} → ${running.target_gid}` };
  const ended = state.moves?.finished.find(move => move.shard === shard);
  if (ended && ended.move !== one.before) {
    const isCommitted = ended.phase === 'committed';
    return {
      is: isCommitted || one.action === 'cancel' ? 'done' : 'failed',
      text: isCommitted ? `group ${ended.target_gid} serves it` : ended.text ?? 'given up',
    };
  }
  return quiet(one, { is: 'done', text: `group ${state.map?.shards[shard] ?? 'nobody'} serves it` });
}

function settledGroups(one) {
  const end = one.action === 'join' ? 'target_gid' : 'source_gid';
  const left = state.moves?.running.filter(move => one.args.gids.includes(move[end])).length ?? 0;
  return left > 0 ? { is: 'running', quiet: 0, text: `${plural(left, 'move')} to go` }
    : quiet(one, { is: 'done', text: 'all moves that it needed have ended' });
}

function settledForget(one) {
  const left = one.args.gids.filter(gid => state.groups?.groups.some(group => group.gid === gid));
  return left.length === 0 ? { is: 'done', text: 'the cluster does not have it any more' }
    : quiet(one, { is: 'unknown', text: `its outcome is not known; the cluster still has ${left.join(', ')}` });
}

// A decision is in the next answers of the primary; nothing is concluded from the first that does not have it.
const quiet = (one, end) => (one.quiet ?? 0) >= 3 ? end : { quiet: (one.quiet ?? 0) + 1 };

// ---- Actions: arguments, plan, confirmation

const masters = () => state.cluster.masters.map(master => master.name);
const members = () => (state.groups?.groups ?? []).filter(group => group.member).map(group => group.gid);
const others = shard => members().filter(gid => gid !== state.map?.shards[shard]);
const pick = (name, label, options, value) => el('label', null, label,
  el('select', { name }, options.map(option => el('option', { selected: option === value }, option))));
const names = (name, label, value) => el('label', null, label,
  el('input', { name, value, autocomplete: 'off', spellcheck: 'false', required: true, 'data-list': true }));

const actions = {
  switchover: {
    title: () => 'Switch over', what: 'The primary hands over to its shadow. Nothing acknowledged is lost.',
    fields: () => pick('to', 'New primary', masters().filter(name => name !== state.cluster.primary)),
  },
  failover: {
    title: () => 'Fail over', careful: true,
    what: 'Deposes a primary that is not well, and promotes the shadow. If the primary is well, switch over instead.',
    fields: () => pick('failed_master', 'Failed master', masters(), state.cluster.primary),
  },
  join: {
    title: args => `Join ${args.gids?.join(', ') ?? ''}`,
    what: 'The groups become members, and the fewest shards that balance move to them.',
    fields: args => names('gids', 'Groups, by name', args.gids?.join(' ')),
  },
  leave: {
    title: args => `Leave ${args.gids.join(', ')}`, careful: true,
    what: 'The groups stop being members, and their shards move to the others.',
    fields: args => names('gids', 'Groups, by name', args.gids.join(' ')),
  },
  forget: {
    title: args => `Forget ${args.gids.join(', ')}`, careful: true,
    what: 'The cluster no longer has the groups, which have left and hold nothing. What is in their logs stays in the store.',
    fields: args => names('gids', 'Groups, by name', args.gids.join(' ')),
  },
  move: {
    title: args => `Move shard ${args.shard}`,
    what: 'Pins the shard: it moves there, and balancing leaves it there until that group leaves.',
    fields: args => pick('gid', 'To group', others(args.shard), args.gid),
  },
  migrate: {
    title: args => `Migrate shard ${args.shard}`,
    what: 'Moves the shard once. It is not pinned: balancing may move it again.',
    fields: args => pick('target_gid', 'To group', others(args.shard), args.target_gid),
  },
  undo: { title: args => `Undo the move of shard ${args.shard}`, what: 'The shard moves back, with all that was written since.' },
  cancel: { title: args => `Cancel the move of shard ${args.shard}`, what: 'The move is given up, and the shard stays where it is.' },
};

let current = null;
let turn = 0;
let sending = null;

function open(action, args = {}) {
  const spec = actions[action];
  current = { action, args };
  $('dialog-title').textContent = `${spec.title(args).trim()}`;
  $('dialog-what').textContent = spec.what;
  $('fields').replaceChildren(...[spec.fields?.(args) ?? []].flat());
  $('confirm').className = spec.careful ? 'main careful' : 'main';
  $('confirm').textContent = spec.title({ ...args, gids: args.gids ?? [] }).trim();
  $('plan').replaceChildren();
  $('dialog').showModal();
  plan();
}

function collect() {
  const args = { ...current.args };
  for (const field of $('fields').querySelectorAll('[name]')) {
    args[field.name] = field.dataset.list === undefined ? field.value : field.value.split(/[\s,]+/).filter(Boolean);
  }
  return args;
}

async function plan() {
  const mine = ++turn;
  const args = collect();
  $('confirm').disabled = true;
  if (args.gids?.length === 0) { show('plan', dim('Name one group or more.')); return; }
  show('plan', dim('Asking for the plan…'));
  const answer = await call(`actions/${current.action}?plan=true`, args);
  if (mine !== turn) return;
  // A primary that is silent makes no plan, and is what a failover is for.
  const withoutPlan = !answer.ok && current.action === 'failover' && [0, 503, 504].includes(answer.status);
  $('confirm').disabled = !answer.ok && !withoutPlan;
  if (!answer.ok) { refuse(answer, withoutPlan && 'There is no plan; it can be carried out all the same.'); return; }
  const { text, moves } = answer.body;
  show('plan', el('div', { class: 'plan' }, el('h3', null, 'Plan'), el('p', null, `${text}.`),
    known(answer.body.failover_time_ms) && el('p', null, `About ${span(answer.body.failover_time_ms)}, as before.`),
    moves?.length > 0 && el('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Moves of the plan' }, el('table', null,
      el('thead', null, el('tr', null, ['Shard', 'From', 'To', 'Bytes', 'Pause'].map(head => el('th', { scope: 'col' }, head)))),
      el('tbody', null, moves.map(move => el('tr', null,
        [move.shard, groupName(move.source_gid), groupName(move.target_gid), bytes(move.bytes), span(move.pause_ms)]
          .map(cell => el('td', null, cell)))))))));
}

function refuse(answer, more) {
  const needsKey = answer.status === 401 || answer.body?.title === 'role-needed';
  show('plan', el('p', { class: 'banner', 'data-is': 'bad' }, answer.text), more && el('p', { class: 'dim' }, more),
    needsKey && keyField());
}

const keyField = () => el('div', { class: 'key' },
  el('label', null, 'Key', el('input', { id: 'key', type: 'password', autocomplete: 'off', spellcheck: 'false' })),
  current && button('use-key', 'Use this key'));

async function carryOut() {
  const { action } = current;
  const args = collect();
  const one = {
    id: `${Date.now()}-${turn}`, action, args, title: actions[action].title(args), is: 'asked', text: 'asked for…',
    term: state.cluster.term ?? 0, before: state.moves?.finished.find(move => move.shard === args.shard)?.move,
  };
  sending = one.id;
  state.asked.unshift(one);
  remember();
  draw();
  $('confirm').disabled = true;
  const answer = await call(`actions/${action}`, args);
  sending = null;
  const isUnknown = !answer.ok && answer.body?.definite !== true;
  if (answer.ok) {
    const hasEnded = ['switchover', 'failover', 'forget'].includes(action) || answer.body.move?.done;
    Object.assign(one, { is: hasEnded ? 'done' : 'running', text: answer.body.text });
    say(`${one.title}: ${one.text}`);
  } else if (isUnknown) Object.assign(one, { is: 'unknown', text: answer.text });
  else state.asked.splice(state.asked.indexOf(one), 1);
  remember();
  draw();
  if (answer.ok || isUnknown) $('dialog').close();
  else refuse(answer);
  askOften();
}

// ---- The key: in this tab only, and in no text

function openKey() {
  current = null;
  $('dialog-title').textContent = 'Key';
  $('dialog-what').textContent = 'Actions from another machine need a key of the silo\u2019s --api-key-file with the role admin. '
    + 'It stays in this tab, until that is closed.';
  $('fields').replaceChildren(keyField(), ...state.key ? [button('forget-key', 'Forget the key')] : []);
  $('confirm').className = 'main';
  $('confirm').textContent = 'Use this key';
  $('confirm').disabled = false;
  $('plan').replaceChildren();
  $('dialog').showModal();
}

async function tryKey() {
  const value = $('key').value.trim();
  if (!value) return;
  const answer = await call('visitor', null, value);
  if (!answer.ok) {
    show('plan', el('p', { class: 'banner', 'data-is': 'bad' }, answer.text), current && keyField());
    $('key').focus();
    return;
  }
  useKey(value);
  state.visitor = answer.body;
  draw();
  if (current) plan();
  else $('dialog').close();
}

function useKey(value) {
  state.key = value;
  if (value) sessionStorage.setItem('key', value);
  else sessionStorage.removeItem('key');
}

// ---- What people do

function select(shard) {
  state.selected = shard;
  if (shard !== null) state.rover = shard;
  history.replaceState(null, '', shard === null ? location.pathname : `#shard-${shard}`);
  draw();
}

const commands = {
  key: openKey,
  'use-key': tryKey,
  'forget-key'() { useKey(''); askWho().then(draw); $('dialog').close(); },
  close() { $('dialog').close(); },
  dismiss({ id }) { state.asked = state.asked.filter(one => one.id !== id); remember(); draw(); },
  shard(shard) { select(shard === state.selected ? null : shard); },
  'close-shard'() { const shard = state.selected; select(null); $('map').children[shard]?.focus(); },
};

document.addEventListener('click', event => {
  const target = event.target.closest('[data-do]');
  if (!target) return;
  const args = target.dataset.args ? JSON.parse(target.dataset.args) : undefined;
  if (commands[target.dataset.do]) commands[target.dataset.do](args);
  else if (state.cluster) open(target.dataset.do, args);
});

$('map').addEventListener('keydown', event => {
  const cells = [...$('map').children];
  const columns = getComputedStyle($('map')).gridTemplateColumns.split(' ').length;
  const at = cells.indexOf(document.activeElement);
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -at, End: cells.length - 1 - at };
  const to = at + steps[event.key];
  if (!cells[to]) return;
  event.preventDefault();
  cells.forEach((cell, i) => { cell.tabIndex = i === to ? 0 : -1; });
  state.rover = to;
  cells[to].focus();
});

$('form').addEventListener('submit', event => {
  event.preventDefault();
  if (current) carryOut();
  else tryKey();
});
$('form').addEventListener('keydown', event => {
  if (event.key === 'Enter' && event.target.id === 'key') { event.preventDefault(); tryKey(); }
});
let typing = 0;
$('fields').addEventListener('input', event => {
  if (!current || event.target.id === 'key') return;
  $('confirm').disabled = true;
  turn++;
  clearTimeout(typing);
  typing = setTimeout(plan, 250);
});
$('dialog').addEventListener('close', () => {
  turn++;
  clearTimeout(typing);
  $('fields').replaceChildren();
  $('plan').replaceChildren();
});

state.selected = /^#shard-(\d+)$/.test(location.hash) ? Number(location.hash.slice(7)) : null;
addEventListener('pagehide', () => source?.close());
addEventListener('pageshow', event => { if (event.persisted) connect(); });
setInterval(supervise, 1000);
setInterval(askOften, 5000);
draw();
connect();
