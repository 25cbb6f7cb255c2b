// Marks on the sheet what others have selected, in their colours.
import type { Present } from "../api/presence";

type Canvas = {
  addMarker(id: string, marker: string): void;
  removeMarker(id: string, marker: string): void;
};
type Registry = { get(id: string): object | undefined };

export class CompanyMarks {
  readonly #canvas: Canvas;
  readonly #registry: Registry;
  #marks: readonly (readonly [string, string])[] = [];

  constructor(canvas: Canvas, registry: Registry) {
    this.#canvas = canvas;
    this.#registry = registry;
  }

  // show marks what these people have selected, and nothing else.
  show(others: readonly Present[]): void {
    for (const [id, marker] of this.#marks) if (this.#registry.get(id)) this.#canvas.removeMarker(id, marker);
    this.#marks = others.flatMap(({ colour, sessions }) =>
      sessions
        .flatMap(({ selection }) => selection)
        .map((id): readonly [string, string] => [id, `laneway-mark-${colour % 8}`]),
    );
    for (const [id, marker] of this.#marks) if (this.#registry.get(id)) this.#canvas.addMarker(id, marker);
  }
}
