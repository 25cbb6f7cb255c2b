// Runs in the page of pictures.test.ts: bpmn-js draws a document, and two pictures are rasterised and compared.
import Viewer from "bpmn-js/lib/Viewer";

type Box = { x: number; y: number; width: number; height: number };

// saveSVG gives bpmn-js's picture of a document, or what it says when it can't read it.
export async function saveSVG(xml: string): Promise<{ svg: string } | { failed: string }> {
  const container = document.createElement("div");
  container.style.cssText = "width: 800px; height: 600px";
  document.body.append(container);
  const viewer = new Viewer({ container });
  try {
    await viewer.importXML(xml);
    return await viewer.saveSVG();
  } catch (error) {
    return { failed: String(error) };
  } finally {
    viewer.destroy();
    container.remove();
  }
}

// fontWidth measures a text in the font of the labels, so that the test can say when the machine lacks it.
export function fontWidth(text: string): number {
  const context = surface(1, 1).context;
  context.font = "12px Arial, sans-serif";
  return context.measureText(text).width;
}

export type Comparison = { similarity: number; width: number; height: number; strip: string };

// compare rasterises both pictures over the area that they share, at scale 1 on white, and gives their mean structural
// similarity and, as a data URL, ours, theirs and the difference side by side, each at most as wide and high as asked.
export async function compare(ours: string, theirs: string, most: number): Promise<Comparison> {
  const area = union(boxOf(ours), boxOf(theirs));
  const [a, b] = await Promise.all([raster(ours, area), raster(theirs, area)]);
  const difference = surface(a.width, a.height);
  const image = difference.context.createImageData(a.width, a.height);
  const grayA = gray(a);
  const grayB = gray(b);
  for (let i = 0; i < grayA.length; i++) {
    const d = Math.abs((grayA[i] ?? 0) - (grayB[i] ?? 0));
    image.data.set([255, 255 - d, 255 - d, 255], 4 * i);
  }
  difference.context.putImageData(image, 0, 0);
  return {
    similarity: similarity(grayA, grayB, a.width, a.height),
    width: a.width,
    height: a.height,
    strip: strip([a, b, difference.canvas], most),
  };
}

// sheet puts strips below each other, each with its caption, larger or smaller by a factor.
export async function sheet(rows: { caption: string; strip: string }[], factor: number): Promise<string> {
  const images = await Promise.all(rows.map(({ strip }) => load(strip)));
  const line = 16;
  const width = Math.ceil(factor * Math.max(...images.map((image) => image.width)));
  const height = images.reduce((sum, image) => sum + Math.ceil(factor * image.height) + line, 0);
  const { canvas, context } = surface(width, height);
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "black";
  context.font = "12px Arial, sans-serif";
  context.imageSmoothingQuality = "high";
  let y = 0;
  for (const [i, image] of images.entries()) {
    context.fillText(rows[i]?.caption ?? "", 4, y + 12);
    context.drawImage(image, 0, y + line, factor * image.width, factor * image.height);
    y += Math.ceil(factor * image.height) + line;
  }
  return canvas.toDataURL("image/png");
}

function surface(width: number, height: number) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("no canvas");
  return { canvas, context };
}

function boxOf(svg: string): Box {
  const numbers = /viewBox="([^"]+)"/.exec(svg)?.[1]?.split(/\s+/).map(Number) ?? [];
  const [x = 0, y = 0, width = 1, height = 1] = numbers;
  return { x, y, width, height };
}

function union(a: Box, b: Box): Box {
  const x = Math.floor(Math.min(a.x, b.x));
  const y = Math.floor(Math.min(a.y, b.y));
  return {
    x,
    y,
    width: Math.ceil(Math.max(a.x + a.width, b.x + b.width)) - x,
    height: Math.ceil(Math.max(a.y + a.height, b.y + b.height)) - y,
  };
}

async function raster(svg: string, area: Box): Promise<HTMLCanvasElement> {
  const framed = svg
    .replace(/<!DOCTYPE[^>]*>/, "")
    .replace(/(<svg[^>]*?) width="[^"]*" height="[^"]*"/, "$1")
    .replace(
      /viewBox="[^"]*"/,
      `width="${area.width}" height="${area.height}" viewBox="${area.x} ${area.y} ${area.width} ${area.height}"`,
    );
  const image = await load(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(framed)}`);
  const { canvas, context } = surface(area.width, area.height);
  context.fillStyle = "white";
  context.fillRect(0, 0, area.width, area.height);
  context.drawImage(image, 0, 0);
  return canvas;
}

function load(url: string): Promise<HTMLImageElement> {
  return new Promise((done, fail) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => fail(new Error(`no picture: ${url.slice(0, 200)}`));
    image.src = url;
  });
}

function gray(canvas: HTMLCanvasElement): Float32Array {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  const values = new Float32Array(data.length / 4);
  for (let i = 0; i < values.length; i++) {
    values[i] = 0.299 * (data[4 * i] ?? 0) + 0.587 * (data[4 * i + 1] ?? 0) + 0.114 * (data[4 * i + 2] ?? 0);
  }
  return values;
}

// similarity is the mean structural similarity (Wang, Bovik, Sheikh and Simoncelli, 2004) over windows of 8 by 8
// pixels, four pixels apart.
function similarity(a: Float32Array, b: Float32Array, width: number, height: number): number {
  const size = Math.min(8, width, height);
  const c1 = (0.01 * 255) ** 2;
  const c2 = (0.03 * 255) ** 2;
  let sum = 0;
  let windows = 0;
  for (let y = 0; y + size <= height; y += 4) {
    for (let x = 0; x + size <= width; x += 4) {
      let sa = 0;
      let sb = 0;
      let saa = 0;
      let sbb = 0;
      let sab = 0;
      for (let j = 0; j < size; j++) {
        for (let i = (y + j) * width + x, end = i + size; i < end; i++) {
          const p = a[i] ?? 0;
          const q = b[i] ?? 0;
          sa += p;
          sb += q;
          saa += p * p;
          sbb += q * q;
          sab += p * q;
        }
      }
      const n = size * size;
      const ma = sa / n;
      const mb = sb / n;
      const va = saa / n - ma * ma;
      const vb = sbb / n - mb * mb;
      const cov = sab / n - ma * mb;
      sum += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
      windows++;
    }
  }
  return sum / windows;
}

function strip(canvases: HTMLCanvasElement[], most: number): string {
  const [first] = canvases;
  if (!first) throw new Error("nothing to show");
  const scale = Math.min(1, most / first.width, most / first.height);
  const width = Math.ceil(first.width * scale);
  const { canvas, context } = surface(canvases.length * (width + 4), Math.ceil(first.height * scale) + 4);
  context.fillStyle = "silver";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  for (const [i, one] of canvases.entries()) {
    context.drawImage(one, i * (width + 4), 0, width, first.height * scale);
  }
  return canvas.toDataURL("image/png");
}
