/**
 * What the page does beyond showing everything: tables are sorted by a press of a heading, figures grouped by particle
 * or by quantity, and models hidden in all figures. Plain JavaScript of the browser, in one string: the page loads
 * nothing. Without it the page lacks the controls, which it makes itself, and nothing else.
 */
export const REPORT_SCRIPT = `
'use strict';
{
  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // Tables. Sums stay at the end, and equal rows keep their order.
  const keyOf = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = /^[+\\u2212-]?[\\d.,]+(e[+-]?\\d+)?/i.exec(text);
    if (number) return Number(number[0].replace('\\u2212', '-').replaceAll(',', ''));
    return text === '' || text === '-' ? undefined : text;
  };
  const compare = (a, b) => {
    if (a === undefined || b === undefined) return 0;
    if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
    return typeof a === 'number' ? a - b : a.localeCompare(b, 'en', { numeric: true });
  };
  const sort = (table, column, direction) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].filter((row) => !row.classList.contains('sum'));
    const sums = [...body.rows].filter((row) => row.classList.contains('sum'));
    const order = (a, b) => {
      const [x, y] = [keyOf(a, column), keyOf(b, column)];
      // Empty cells come last either way.
      if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
      return direction * compare(x, y);
    };
    body.append(...rows.sort(order), ...sums);
  };
  for (const table of document.querySelectorAll('table.sortable')) {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, column) => {
      const button = make('button', { type: 'button', title: 'Sort by this column' }, ...heading.childNodes);
      heading.append(button);
      button.addEventListener('click', () => {
        const ascending = heading.getAttribute('aria-sort') !== 'ascending';
        for (const other of headings) other.removeAttribute('aria-sort');
        heading.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
        sort(table, column, ascending ? 1 : -1);
      });
    });
  }

  // Figures, grouped by one of their data attributes.
  const browser = document.getElementById('browser');
  if (browser) {
    const figures = [...browser.querySelectorAll('figure')];
    const group = (by) => {
      const names = [...new Set(figures.map((figure) => figure.dataset[by]))];
      const groups = names.map((name, i) => {
        const members = figures.filter((figure) => figure.dataset[by] === name);
        const heading = make('summary', {}, name + ' (' + members.length + ')');
        return make('details', { open: i === 0 }, heading, make('div', { className: 'figures' }, ...members));
      });
      browser.replaceChildren(...groups);
    };
    const options = ['particle', 'quantity'].map((name) => new Option(name, name));
    const choice = make('select', { id: 'group' }, ...options);
    choice.addEventListener('change', () => group(choice.value));
    const toggle = (text, open) => {
      const button = make('button', { type: 'button' }, text);
      button.addEventListener('click', () => {
        browser.querySelectorAll('details').forEach((each) => { each.open = open; });
      });
      return button;
    };
    browser.before(
      make(
        'div',
        { className: 'controls' },
        make('label', {}, 'Group by ', choice),
        toggle('Open all', true),
        toggle('Close all', false),
      ),
    );
  }

  // Models that a reader wants to look at.
  const models = JSON.parse(document.body.dataset.models);
  if (models.length > 1 && document.getElementById('distributions')) {
    const style = document.head.appendChild(document.createElement('style'));
    const hidden = new Set();
    const boxes = models.map((name, i) => {
      const box = make('input', { type: 'checkbox', checked: true });
      box.addEventListener('change', () => {
        if (box.checked) hidden.delete(i);
        else hidden.add(i);
        const rules = [...hidden].map((each) => '#distributions .series-' + each + ' { display: none; }');
        style.textContent = rules.join(' ');
      });
      return make('label', {}, box, ' ' + name);
    });
    const set = make('fieldset', {}, make('legend', {}, 'Show'), ...boxes);
    document.querySelector('#distributions h2').after(make('div', { className: 'controls' }, set));
  }

  // A print has everything that can be opened.
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details:not([open])')];
    for (const each of closed) each.open = true;
  });
  addEventListener('afterprint', () => {
    for (const each of closed) each.open = false;
  });
}
`;
