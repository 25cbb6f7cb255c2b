// Shows /api/openapi.json as a page. Everything is put in as text nodes, nothing as markup.

const methods = ["get", "post", "put", "patch", "delete"];

/** Makes an element; children are elements or strings. */
function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== undefined && child !== ""));
  return node;
}

/** Text with `code` in it, in paragraphs. */
function prose(text) {
  return (text ?? "")
    .trim()
    .split(/\n\s*\n/)
    .filter(Boolean)
    .map((paragraph) =>
      el(
        "p",
        {},
        ...paragraph.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
          if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
          if (part.startsWith("**")) return el("strong", {}, part.slice(2, -2));
          return part;
        }),
      ),
    );
}

function resolve(api, value) {
  if (!value?.$ref) return value;
  return value.$ref
    .slice(2)
    .split("/")
    .reduce((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")], api);
}

function typeOf(api, schema) {
  const plain = resolve(api, schema) ?? {};
  const name = schema?.$ref?.split("/").pop();
  if (plain.enum) return plain.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (plain.type === "array") return `list of ${typeOf(api, plain.items)}`;
  if (name) return name;
  const type = Array.isArray(plain.type) ? plain.type.join(" | ") : (plain.type ?? "bytes");
  return plain.format ? `${type} (${plain.format})` : type;
}

/** All fields of an object schema, those of allOf included. */
function fieldsOf(api, schema) {
  const plain = resolve(api, schema) ?? {};
  const own = Object.entries(plain.properties ?? {}).map(([name, field]) => ({
    name,
    field,
    required: (plain.required ?? []).includes(name),
  }));
  return [...(plain.allOf ?? []).flatMap((part) => fieldsOf(api, part)), ...own];
}

function bounds(schema) {
  const words = [];
  if (schema.minLength !== undefined || schema.maxLength !== undefined) {
    words.push(`${schema.minLength ?? 0} to ${schema.maxLength ?? "any number of"} characters`);
  }
  if (schema.minimum !== undefined) words.push(schema.maximum !== undefined ? `${schema.minimum} to ${schema.maximum}` : `from ${schema.minimum}`);
  if (schema.default !== undefined) words.push(`default ${schema.default}`);
  return words.join(", ");
}

function fieldTable(api, schema) {
  const fields = fieldsOf(api, schema);
  if (fields.length === 0) return undefined;
  return el(
    "table",
    {},
    ...fields.map(({ name, field, required }) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, el("code", {}, name), required ? "" : el("div", { class: "soft" }, "optional")),
        el("td", {}, typeOf(api, field)),
        el("td", {}, [resolve(api, field)?.description, bounds(resolve(api, field) ?? {})].filter(Boolean).join(" ")),
      ),
    ),
  );
}

function example(api, schema) {
  const plain = resolve(api, schema) ?? {};
  if (plain.examples) return plain.examples[0];
  if (plain.enum) return plain.enum[0];
  const type = Array.isArray(plain.type) ? plain.type[0] : plain.type;
  if (plain.properties || plain.allOf) {
    return Object.fromEntries(fieldsOf(api, schema).filter((f) => f.required).map((f) => [f.name, example(api, f.field)]));
  }
  return { integer: plain.minimum ?? 1, boolean: true, array: [] }[type] ?? "…";
}

function curl(api, path, method, operation) {
  const parts = [`curl -X ${method.toUpperCase()} '${location.origin}${path}'`];
  if ((operation.security ?? api.security).length > 0) parts.push("-b cookies.txt");
  if (Object.values(operation.responses).some((answer) => answer.headers?.["Set-Cookie"])) parts.push("-c cookies.txt");
  const json = operation.requestBody?.content["application/json"];
  if (json) parts.push("-H 'Content-Type: application/json'", `-d '${JSON.stringify(example(api, json.schema))}'`);
  return parts.join(" \\\n  ");
}

function showOperation(api, path, shared, method, operation) {
  const parameters = [...(shared ?? []), ...(operation.parameters ?? [])].map((p) => resolve(api, p));
  const who = { anonymous: "anybody", session: "anybody who is signed in" }[operation["x-authz"]] ?? operation["x-authz"];
  const article = el(
    "article",
    { id: operation.operationId },
    el("h3", {}, el("span", { class: "method" }, method.toUpperCase()), " ", el("code", {}, path)),
    el("p", {}, el("strong", {}, operation.summary), " ", el("span", { class: "soft" }, `For: ${who}`)),
    ...prose(operation.description),
  );
  if (parameters.length > 0) {
    article.append(
      el("h4", {}, "Parameters"),
      el(
        "table",
        {},
        ...parameters.map((p) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, el("code", {}, p.name), el("div", { class: "soft" }, p.required ? p.in : `${p.in}, optional`)),
            el("td", {}, typeOf(api, p.schema)),
            el("td", {}, ...prose([p.description, bounds(p.schema)].filter(Boolean).join(" "))),
          ),
        ),
      ),
    );
  }
  for (const [media, body] of Object.entries(operation.requestBody?.content ?? {})) {
    article.append(el("h4", {}, "Body ", el("code", {}, media)), fieldTable(api, body.schema) ?? el("p", {}, body.schema.description));
  }
  article.append(el("h4", {}, "Answers"));
  const answers = el("table", {});
  for (const [status, ref] of Object.entries(operation.responses)) {
    const answer = resolve(api, ref);
    const details = el("td", {}, ...prose(answer.description));
    for (const [media, body] of Object.entries(answer.content ?? {})) {
      const table = media.includes("problem") ? undefined : fieldTable(api, body.schema);
      if (table) details.append(el("details", {}, el("summary", {}, typeOf(api, body.schema)), table));
    }
    answers.append(el("tr", {}, el("th", { scope: "row" }, status), details));
  }
  article.append(answers, el("h4", {}, "Try it"), el("pre", { tabindex: "0" }, curl(api, path, method, operation)));
  return article;
}

function showAll(api) {
  const contents = document.getElementById("contents");
  const main = document.getElementById("operations");
  const intro = el("article", { id: "introduction" }, el("h3", {}, api.info.summary), ...prose(api.info.description));
  main.replaceChildren(intro);
  contents.replaceChildren(el("a", { href: "#introduction" }, "Introduction"));
  const entries = [];
  for (const tag of api.tags) {
    const heading = el("h2", {}, tag.name);
    contents.append(heading);
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of methods) {
        const operation = item[method];
        if (!operation?.tags.includes(tag.name)) continue;
        const article = showOperation(api, path, item.parameters, method, operation);
        const link = el("a", { href: `#${operation.operationId}` }, operation.summary);
        main.append(article);
        contents.append(link);
        entries.push({ article, link, text: article.textContent.toLowerCase() });
      }
    }
  }
  const nothing = el("p", { hidden: "" }, "Nothing has all these words.");
  main.append(nothing);
  document.getElementById("search").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { article, link, text } of entries) {
      const match = words.every((word) => text.includes(word));
      article.hidden = link.hidden = !match;
      if (match) shown += 1;
    }
    intro.hidden = words.length > 0;
    nothing.hidden = shown > 0;
  });
  if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

async function load(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer.json();
}

load("/api/openapi.json").then(showAll, (error) => {
  document.getElementById("operations").replaceChildren(el("p", { role: "alert" }, `The description can't be loaded: ${error.message}`));
});
