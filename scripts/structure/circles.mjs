// Circles of a directed graph: groups of nodes each of which leads to every other (Tarjan's algorithm).

/** One circle of each group, as the nodes along it; `edges` are pairs `[from, to]`. */
export function circlesOf(edges) {
  const next = new Map();
  for (const [from, to] of edges) next.set(from, (next.get(from) ?? new Set()).add(to));
  return groupsOf(next).map((group) => wayRound(group, next));
}

/** The strongly connected components that hold a circle. */
function groupsOf(next) {
  const [order, lowest, stack, open, groups] = [new Map(), new Map(), [], new Set(), []];
  const visit = (node) => {
    order.set(node, order.size);
    lowest.set(node, order.get(node));
    stack.push(node);
    open.add(node);
    for (const each of next.get(node) ?? []) {
      if (!order.has(each)) visit(each);
      if (open.has(each)) lowest.set(node, Math.min(lowest.get(node), lowest.get(each)));
    }
    if (lowest.get(node) !== order.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    for (const each of group) open.delete(each);
    if (group.length > 1 || next.get(node)?.has(node)) groups.push(group);
  };
  for (const node of [...next.keys()].sort()) if (!order.has(node)) visit(node);
  return groups;
}

/** The shortest way from the first node of a group back to it. */
function wayRound(group, next) {
  const [start] = [...group].sort();
  const ways = [[start]];
  for (const way of ways) {
    for (const each of next.get(way.at(-1)) ?? []) {
      if (each === start) return [...way, start];
      if (group.includes(each) && !ways.some((other) => other.at(-1) === each)) ways.push([...way, each]);
    }
  }
}
