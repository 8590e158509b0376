// What axe does not see. Each function returns what is wrong with the page, as texts.
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const shown = (element) => element.checkVisibility();
  const reachable = () => all('a[href], input, summary, [tabindex="0"]').filter(shown);

  function structure() {
    const levels = all('h1,h2,h3,h4,h5,h6').map((h) => +h.tagName[1]);
    return [
      ...all('table').filter((t) => !t.caption || !t.caption.textContent.trim()).map(() => 'table without caption'),
      ...all('th').filter((t) => !t.hasAttribute('scope')).map((t) => 'header cell without scope: ' + t.textContent),
      ...all('svg, img').filter((i) => !(i.getAttribute('aria-label') || i.alt || '').trim()).map(() => 'picture without a name'),
      ...all('svg, img').filter((i) => /no description|untitled|placeholder/i.test(i.getAttribute('aria-label') || i.alt)).map(() => 'placeholder text'),
      ...all('svg').filter((s) => s.getAttribute('role') !== 'img').map(() => 'drawing that is not one picture'),
      ...all('figure').filter((f) => !f.querySelector('figcaption')?.textContent.trim()).map(() => 'figure without caption'),
      ...all('details').filter((d) => !d.querySelector('summary')?.textContent.trim()).map(() => 'details without summary'),
      ...(levels.filter((n) => n === 1).length === 1 ? [] : ['not one h1']),
      ...levels.filter((n, i) => i && n > levels[i - 1] + 1).map((n) => 'a level skipped before h' + n),
      ...(document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []),
      ...all('.table').filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => 'a table that is cut: ' + e.id),
      ...all('figure:has(.narrow) [tabindex]').map(() => 'a stop for the keyboard where nothing scrolls'),
      ...all('main *').filter((e) => e.scrollWidth > e.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(e).overflowX) && e.tabIndex < 0)
        .map((e) => 'a box that scrolls by mouse alone: ' + e.className),
    ];
  }

  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).map((n) => +n / 255).map((n) => (n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  // The contrast of every text in a drawing with what is painted under its middle.
  function drawings() {
    const page = getComputedStyle(document.body).backgroundColor;
    return all('svg text').filter(shown).flatMap((text) => {
      text.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
      const box = text.getBoundingClientRect();
      const under = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)
        .find((e) => e instanceof SVGGeometryElement && !/^none|^rgba.*, 0\)$/.test(getComputedStyle(e).fill));
      const [ink, paper] = [getComputedStyle(text).fill, under ? getComputedStyle(under).fill : page];
      return contrast(ink, paper) >= 4.5 ? [] : [`${text.textContent}: ${ink} on ${paper}`];
    });
  }

  // On a telephone every drawing is whole, and its letters are large enough.
  function phone() {
    return all('figure svg').filter(shown).flatMap((svg) => {
      const paper = svg.getBoundingClientRect();
      const scale = paper.width / svg.viewBox.baseVal.width;
      return [...svg.querySelectorAll('text')].flatMap((text) => {
        const ink = text.getBoundingClientRect();
        const inside = ink.left >= paper.left - 1 && ink.right <= paper.right + 1 && paper.right <= innerWidth;
        const size = parseFloat(getComputedStyle(text).fontSize) * scale;
        return [...(inside ? [] : ['cut off: ' + text.textContent]), ...(size >= 11 ? [] : [size + ' px: ' + text.textContent])];
      });
    });
  }

  // One step of a walk by keyboard: nothing when all is well.
  function step() {
    const element = document.activeElement;
    if (element === document.body) return 'nothing has the focus';
    const order = reachable().indexOf(element);
    const before = window.walked ?? -1;
    window.walked = order;
    const style = getComputedStyle(element);
    if (style.outlineStyle === 'none' && style.boxShadow === 'none') return 'the focus cannot be seen: ' + element.outerHTML.slice(0, 90);
    return order === before + 1 ? '' : `out of order: ${order} after ${before}: ` + element.outerHTML.slice(0, 90);
  }

  function printed() {
    return [
      ...all('nav, .skip, .show-code, details.code').filter(shown).map((e) => 'printed: ' + (e.className || e.tagName)),
      ...all('details.more[open] table').filter((e) => !shown(e)).map(() => 'not printed: an opened table'),
      ...all('details.more:not([open])').filter(shown).map(() => 'printed: what is folded'),
      ...(all('details.more').length && !all('.printed').some(shown) ? ['nothing says where folded tables are'] : []),
      ...all('thead th').filter((e) => shown(e) && getComputedStyle(e).overflowWrap !== 'normal').map((e) => 'a heading that may break inside a word: ' + e.textContent),
      ...all('thead').filter((e) => shown(e) && getComputedStyle(e).display !== 'table-header-group').map(() => 'headings that do not repeat'),
      ...all('main table, main svg').filter((e) => shown(e) && e.getBoundingClientRect().right > innerWidth + 1).map((e) => 'cut off in print: ' + (e.caption?.textContent ?? e.getAttribute('aria-label')).slice(0, 60)),
    ];
  }

  // On a wide window everything has the room it needs, and the contents stay in view at the end of the page.
  function wide() {
    for (const d of all('details')) d.open = true;
    const cut = all('.scroll, .table').filter((e) => e.scrollWidth > e.clientWidth + 1)
      .map((e) => 'cut off: ' + (e.querySelector('caption')?.textContent ?? e.textContent).slice(0, 60));
    scrollTo({ top: document.documentElement.scrollHeight, behavior: 'instant' });
    const contents = document.querySelector('nav.contents');
    const main = document.querySelector('main').getBoundingClientRect();
    const box = contents?.getBoundingClientRect();
    const away = box && main.bottom > innerHeight && !(box.top >= 0 && box.bottom <= innerHeight + 1);
    return [...cut, ...(away ? ['the contents do not stay in view'] : [])];
  }

  // A first column that stays where it is while the others scroll.
  function sticky() {
    return all('.scroll:has(table)').filter((e) => e.scrollWidth > e.clientWidth + 1).flatMap((box) => {
      const head = box.querySelector('tbody th[scope="row"]');
      box.scrollLeft = 60;
      const moved = Math.round(head.getBoundingClientRect().left - box.getBoundingClientRect().left);
      return moved === 0 ? [] : ['a first column that scrolls away: ' + box.querySelector('caption').textContent.slice(0, 60)];
    });
  }

  window.checks = { phone, wide, sticky, structure, drawings, step, printed, reachable: () => reachable().length };
})()
