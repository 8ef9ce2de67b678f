// Moves and enlarges timelines. The page is complete without it.
'use strict';
const time = (ns) => {
  const [scale, unit] = [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs'], [1, 'ns']].find(([size]) => Math.abs(ns) >= size) || [1, 'ns'];
  return +(ns / scale).toFixed(6) + ' ' + unit;
};

const timeline = (box) => {
  const end = +box.dataset.end, line = +box.dataset.line;
  const plot = box.querySelector('.plot'), axis = box.querySelector('.axis'), said = box.querySelector('output');
  const height = plot.viewBox.baseVal.height;
  const rows = [...plot.querySelectorAll('g')].map((group) => ({
    name: group.dataset.row,
    bars: [...group.querySelectorAll('.run')].flatMap((path) =>
      [...path.getAttribute('d').matchAll(/M(\d+) \d+h(\d+)/g)].map(([, at, wide]) => [+at, +at + +wide])),
  }));
  let from = 0, span = plot.viewBox.baseVal.width;

  const draw = () => {
    span = Math.min(end, Math.max(100, span));
    from = Math.min(end - span, Math.max(0, from));
    plot.setAttribute('viewBox', `${from} 0 ${span} ${height}`);
    const room = Math.max(2, Math.floor(plot.clientWidth / 110));
    const decade = 10 ** Math.floor(Math.log10(span / room));
    const step = [1, 2, 5, 10].map((factor) => factor * decade).find((size) => span / size <= room);
    const ticks = [];
    for (let at = Math.ceil(from / step) * step; at <= from + span; at += step) {
      const tick = document.createElementNS('http://www.w3.org/2000/svg', 'text');
      const share = (at - from) / span;
      tick.setAttribute('x', 100 * share + '%');
      tick.setAttribute('y', 15);
      tick.setAttribute('text-anchor', share < 0.04 ? 'start' : share > 0.96 ? 'end' : 'middle');
      tick.textContent = time(Math.round(at));
      ticks.push(tick);
    }
    axis.replaceChildren(...ticks);
  };
  const zoom = (factor, share) => {
    const at = from + span * share;
    span = Math.min(end, Math.max(100, span * factor));
    from = at - span * share;
    draw();
  };
  const deeds = {
    in: () => zoom(0.5, 0.5),
    out: () => zoom(2, 0.5),
    left: () => { from -= span / 4; draw(); },
    right: () => { from += span / 4; draw(); },
    all: () => { from = 0; span = end; draw(); },
  };
  const keys = { '+': 'in', '=': 'in', '-': 'out', ArrowLeft: 'left', ArrowRight: 'right', 0: 'all' };
  const share = (event) => {
    const place = plot.getBoundingClientRect();
    return [(event.clientX - place.left) / place.width, event.clientY - place.top];
  };

  box.querySelector('.tools').hidden = false;
  box.querySelectorAll('button').forEach((button) => button.addEventListener('click', deeds[button.dataset.do]));
  plot.addEventListener('keydown', (event) => {
    if (keys[event.key]) { event.preventDefault(); deeds[keys[event.key]](); }
  });
  plot.addEventListener('wheel', (event) => {
    // A plain wheel moves the page.
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    zoom((event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8, share(event)[0]);
  }, { passive: false });
  let held = null;
  plot.addEventListener('pointerdown', (event) => {
    held = { at: event.clientX, from };
    plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener('pointermove', (event) => {
    if (held) {
      from = held.from - (event.clientX - held.at) / plot.clientWidth * span;
      draw();
    }
    const [across, down] = share(event), at = from + across * span;
    const row = rows[Math.floor(down / line)];
    const bar = row && row.bars.find(([start, stop]) => start <= at && at < stop);
    const ran = bar ? `, ran ${time(bar[0])} to ${time(bar[1])} (${time(bar[1] - bar[0])})` : '';
    said.value = row ? `${time(Math.round(at))}: ${row.name}${ran}` : '';
  });
  for (const over of ['pointerup', 'pointercancel']) plot.addEventListener(over, () => { held = null; });
  plot.addEventListener('pointerleave', () => { said.value = ''; });
  addEventListener('resize', draw);
  draw();
};

document.querySelectorAll('.timeline').forEach(timeline);
