// Pictures of the drawing made of dots, from the one made of lines. They are made here and not on the server, so that
// they show what the person sees, saved or not.

const pngType = "image/png";

// mostPixels is the width and the height that a picture has at most; a larger one is made smaller.
export const mostPixels = 16_384;

export type PngPicture = {
  content: Blob;
  // smaller than asked for; null where it is as asked for
  smaller: { width: number; height: number } | null;
};

// pngOf rasterises a drawing: scale pixels for each unit, on nothing.
export async function pngOf(svg: string, scale: number): Promise<PngPicture> {
  const { width, height, whole } = pictureSize(svg, scale);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("the browser has no canvas");
  context.drawImage(await load(svg), 0, 0, width, height);
  const content = await new Promise<Blob>((done, fail) => {
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error("the picture is too large"))), pngType);
  });
  return { content, smaller: whole ? null : { width, height } };
}

// copyPng puts a drawing into the clipboard. The picture is a promise, because a browser wants to be asked while the
// person's click is still fresh.
export async function copyPng(svg: Promise<string>): Promise<PngPicture["smaller"]> {
  const picture = svg.then((text) => pngOf(text, 2));
  await navigator.clipboard.write([new ClipboardItem({ [pngType]: picture.then(({ content }) => content) })]);
  return (await picture).smaller;
}

// canCopyPng: browsers lend the clipboard to safe addresses only.
export function canCopyPng(): boolean {
  return typeof ClipboardItem !== "undefined" && navigator.clipboard?.write !== undefined;
}

// pictureSize is how many pixels a drawing has at a scale, integers from 1 to mostPixels; it is not whole where those
// are fewer than asked for.
export function pictureSize(svg: string, scale: number): { width: number; height: number; whole: boolean } {
  const box =
    /\sviewBox="([^"]*)"/
      .exec(svg)?.[1]
      ?.trim()
      .split(/[\s,]+/)
      .map(Number) ?? [];
  const [, , width = 0, height = 0] = box;
  if (!(width > 0 && height > 0)) throw new Error("the drawing has no size");
  const used = Math.min(scale, mostPixels / width, mostPixels / height);
  const pixels = (length: number) => Math.min(mostPixels, Math.max(1, Math.ceil(length * used)));
  return { width: pixels(width), height: pixels(height), whole: used === scale };
}

async function load(svg: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  return image;
}
