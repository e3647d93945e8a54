// Remembers the density and the wrapping, links each line, tells a time when it is pointed at,
// keeps a growing log in view, and says when the connection was lost.
'use strict';

for (const mode of ['lite', 'full']) {
  document.getElementById('to-' + mode).addEventListener('click', event => {
    event.preventDefault();
    document.cookie = `html-mode=${mode}; path=/; SameSite=Lax`;
    location.href = location.pathname + location.hash;
  });
}

const wrap = document.getElementById('wrap');
const applyWrap = () => document.body.classList.toggle('nowrap', !wrap.checked);
try { wrap.checked = localStorage.getItem('logdog-wrap') !== 'no'; } catch { wrap.checked = true; }
applyWrap();
wrap.addEventListener('change', () => {
  applyWrap();
  try { localStorage.setItem('logdog-wrap', wrap.checked ? 'yes' : 'no'); } catch { /* private */ }
});

let isWhole = false;

// A reader at the end stays there; one who scrolls up is left alone.
const follow = document.getElementById('follow');
const toEnd = () => window.scrollTo(0, document.documentElement.scrollHeight);
const growth = new MutationObserver(() => { if (follow.checked) toEnd(); });
growth.observe(document.body, {childList: true, subtree: true, characterData: true});
follow.addEventListener('change', () => { if (follow.checked) toEnd(); });
window.addEventListener('scroll', () => {
  const root = document.documentElement;
  const isAtEnd = window.scrollY > 0
    && window.innerHeight + window.scrollY >= root.scrollHeight - 2;
  if (isAtEnd && !isWhole) follow.checked = true;
}, {passive: true});
window.addEventListener('wheel', event => { if (event.deltaY < 0) follow.checked = false; },
  {passive: true});
window.addEventListener('keydown', event => {
  if (['ArrowUp', 'PageUp', 'Home'].includes(event.key)) follow.checked = false;
});

window.addEventListener('load', () => {
  isWhole = true;
  growth.disconnect();
  follow.parentElement.hidden = true;
  if (document.querySelector('footer')) return;
  const notice = document.createElement('p');
  notice.className = 'notice wrong';
  notice.textContent = 'The connection was lost before the log ended: reload to see the rest.';
  document.body.append(notice);
});

document.addEventListener('click', event => {
  if (event.target.className === 'timestamp') location.hash = event.target.parentElement.id;
});
document.addEventListener('mouseover', event => {
  const stamp = event.target;
  if (stamp.className !== 'timestamp' || stamp.title) return;
  const date = new Date(Number(stamp.dataset.timestamp));
  const zone = 'America/Los_Angeles';
  stamp.title = [
    `${stamp.dataset.delta / 1000} s since the last line`, date.toString(),
    date.toLocaleString(undefined, {timeZone: zone, timeZoneName: 'short'}), date.toISOString(),
  ].join('\n');
});
