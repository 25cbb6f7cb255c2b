// moveInGrid says which of count items a key leads to from the present one, in a grid of so many columns; undefined
// for keys that move nothing. The last row may be short: going down from above its gap ends at its last item.
export function moveInGrid(key: string, index: number, count: number, columns: number): number | undefined {
  if (count === 0) return undefined;
  const last = count - 1;
  switch (key) {
    case "ArrowRight":
      return Math.min(index + 1, last);
    case "ArrowLeft":
      return Math.max(index - 1, 0);
    case "ArrowDown": {
      if (index + columns <= last) return index + columns;
      const inLastRow = Math.floor(index / columns) === Math.floor(last / columns);
      return inLastRow ? index : last;
    }
    case "ArrowUp":
      return index - columns >= 0 ? index - columns : index;
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return undefined;
  }
}

// columnsOf reads how many columns a CSS grid has at the moment.
export function columnsOf(grid: Element): number {
  return Math.max(getComputedStyle(grid).gridTemplateColumns.split(" ").filter(Boolean).length, 1);
}
