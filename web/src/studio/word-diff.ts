// What differs between two texts, word by word.

export type TextPiece = { change: "same" | "removed" | "added"; text: string };

// Comparing takes as many steps as the words of one text times those of the other. Beyond this the difference is
// told as a whole.
const mostSteps = 400_000;

// diffWords gives the pieces that make up both texts: same and removed ones are the former, same and added ones the
// latter. White space belongs to the word before it.
export function diffWords(before: string, after: string): TextPiece[] {
  const [a, b] = [wordsOf(before), wordsOf(after)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end));
  return joined([
    { change: "same", text: a.slice(0, start).join("") },
    ...middle,
    { change: "same", text: a.slice(a.length - end).join("") },
  ]);
}

function wordsOf(text: string): string[] {
  return text.match(/\s+|[\p{L}\p{N}_]+\s*|[^\p{L}\p{N}_\s]\s*/gu) ?? [];
}

function between(a: readonly string[], b: readonly string[]): TextPiece[] {
  if (a.length * b.length > mostSteps) {
    return [
      { change: "removed", text: a.join("") },
      { change: "added", text: b.join("") },
    ];
  }
  // longest[i][j]: how many words the rests behind a[i] and b[j] have in common.
  const width = b.length + 1;
  const longest = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number) => longest[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      longest[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pieces: TextPiece[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      pieces.push({ change: "same", text: a[i] ?? "" });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      pieces.push({ change: "removed", text: a[i] ?? "" });
      i += 1;
    } else {
      pieces.push({ change: "added", text: b[j] ?? "" });
      j += 1;
    }
  }
  return pieces;
}

function joined(pieces: readonly TextPiece[]): TextPiece[] {
  const result: TextPiece[] = [];
  for (const { change, text } of pieces) {
    if (text === "") continue;
    const last = result.at(-1);
    if (last?.change === change) last.text += text;
    else result.push({ change, text });
  }
  return result;
}
