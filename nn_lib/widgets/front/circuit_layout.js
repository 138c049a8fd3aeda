// Where gates stand in a drawn circuit, and which way wires go.

class Places {
  // Columns and rows: every gate right of its inputs, a place kept in every column that a wire passes, few crossings.
  constructor(parents) {
    const count = parents.length, column = new Array(count).fill(0);
    parents.forEach((list, i) => { if (list.length) column[i] = 1 + Math.max(...list.map((p) => column[p])); });
    parents.forEach((list, i) => { if (!list.length) column[i] = Math.max(0, Math.min(...parents.flatMap((other, k) => (other.includes(i) ? [column[k]] : []))) - 1); });
    this.column = column.map((c) => (Number.isFinite(c) ? c : 0));
    this.columns = 1 + Math.max(...this.column);
    const cells = Array.from({ length: this.columns }, () => []), last = [...this.column], near = new Map();
    parents.forEach((list, i) => list.forEach((p) => (last[p] = Math.max(last[p], this.column[i] - 1))));
    const seen = new Set(), visit = (i) => {
      if (seen.has(i)) return;
      seen.add(i);
      for (let c = this.column[i]; c <= last[i]; c++) cells[c].push(`${i}@${c}`);
      parents[i].forEach(visit);
    };
    visit(count - 1);
    const join = (a, b) => [[a, b], [b, a]].forEach(([from, to]) => near.set(from, [...(near.get(from) || []), to]));
    parents.forEach((list, i) => list.forEach((p) => join(`${p}@${this.column[i] - 1}`, `${i}@${this.column[i]}`)));
    last.forEach((end, i) => { for (let c = this.column[i]; c < end; c++) join(`${i}@${c}`, `${i}@${c + 1}`); });
    const row = new Map();
    cells.forEach((cell) => cell.forEach((place, r) => row.set(place, r)));
    for (let sweep = 0; sweep < 24; sweep++) {
      const order = sweep % 2 ? cells : [...cells].reverse();
      for (const cell of order) {
        const wanted = new Map(cell.map((place) => [place, (near.get(place) || [place]).reduce((sum, other) => sum + row.get(other), 0) / (near.get(place) || [place]).length]));
        cell.sort((a, b) => wanted.get(a) - wanted.get(b));
        // One row apart at least, and as near to where they want to be as that allows.
        const blocks = [];
        cell.forEach((place, i) => {
          blocks.push([wanted.get(place) - i, 1]);
          while (blocks.length > 1 && blocks[blocks.length - 2][0] / blocks[blocks.length - 2][1] > blocks[blocks.length - 1][0] / blocks[blocks.length - 1][1]) {
            const [sum, n] = blocks.pop();
            blocks[blocks.length - 1][0] += sum;
            blocks[blocks.length - 1][1] += n;
          }
        });
        const level = blocks.flatMap(([sum, n]) => new Array(n).fill(sum / n));
        cell.forEach((place, i) => row.set(place, level[i] + i));
      }
    }
    const top = Math.min(...row.values());
    this.places = new Map([...row].map(([place, r]) => [place, r - top]));
    this.row = this.column.map((c, i) => this.places.get(`${i}@${c}`));
    this.height = 1 + Math.max(...this.places.values());
  }
  route(from, to) {
    const stops = [];
    for (let c = this.column[from]; c < this.column[to]; c++) stops.push([c, this.places.get(`${from}@${c}`)]);
    return [...stops, [this.column[to], this.row[to]]];
  }
}
